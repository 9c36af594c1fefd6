// Talks to the Web API: opens a conversation, sends messages in order with retries, listens for later turns.
// It knows nothing of the page; what to show is told through hooks.

const RETRIED_STATUS = [502, 503, 504];
const WAITS = [1, 2, 4, 8, 15, 15, 15]; // seconds between tries: a minute in all
const TRY_LIMIT = 30_000;
const STORE = "radinfo";

export class Unreachable extends Error {}

export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** Ids, token and greeting survive a reload of the tab. What the patient wrote is never kept here. */
export const savedSession = {
  read() {
    try { return JSON.parse(sessionStorage.getItem(STORE)); } catch { return null; }
  },
  write(session) {
    // A browser that blocks storage in frames throws: then a reload simply starts anew.
    try {
      if (session) sessionStorage.setItem(STORE, JSON.stringify(session));
      else sessionStorage.removeItem(STORE);
    } catch { /* nothing to do */ }
  },
};

/** crypto.randomUUID exists only on https and localhost; a clinic's test server may be neither. */
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const hex = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0"));
  hex[6] = "4" + hex[6][1];
  hex[8] = "a" + hex[8][1];
  return hex.join("").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** Waits, but not past the moment the device is online again. */
function pause(seconds, signal) {
  return new Promise((resolve, reject) => {
    const ended = new AbortController();
    const finish = (settle) => { ended.abort(); clearTimeout(timer); settle(); };
    const timer = setTimeout(finish, seconds * 1000, resolve);
    addEventListener("online", () => finish(resolve), { signal: ended.signal });
    signal.addEventListener("abort", () => finish(() => reject(signal.reason)), { signal: ended.signal });
  });
}

/** One POST, tried again while the network or the server is away. Throws Refused, Unreachable or the abort. */
async function post(path, body, { token, signal, onRetry }) {
  const headers = { "Content-Type": "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  const started = Date.now();
  for (const wait of [...WAITS, null]) {
    const attempt = new AbortController();
    const stop = () => attempt.abort();
    const timer = setTimeout(stop, TRY_LIMIT);
    signal.addEventListener("abort", stop);
    try {
      const response = await fetch(path, {
        method: "POST", headers, body: JSON.stringify(body), signal: attempt.signal,
        credentials: "omit", cache: "no-store",
      });
      if (response.ok) return await response.json();
      if (!RETRIED_STATUS.includes(response.status)) {
        const reply = await response.json().catch(() => null);
        throw new Refused(response.status, reply?.error?.message ?? "");
      }
    } catch (error) {
      if (error instanceof Refused) throw error;
      if (signal.aborted) throw signal.reason;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
    }
    // Slow tries count too, or a hanging server would keep the patient waiting for several minutes.
    if (wait === null || Date.now() - started > 60_000) break;
    onRetry();
    await pause(wait, signal);
  }
  throw new Unreachable();
}

/** Server-sent events read from a fetch body, since EventSource cannot carry the token. */
export async function* readEvents(body) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  let event = { type: "message", data: [], id: "" };
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    // A line may end in CR, LF or both; a CR at the very end of a chunk waits for its LF.
    const lines = (rest + decoder.decode(value, { stream: true })).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop();
    for (const line of lines) {
      const [, field, text] = /^([^:]*):? ?(.*)$/s.exec(line);
      if (line === "") {
        if (event.data.length) yield { ...event, data: event.data.join("\n") };
        event = { type: "message", data: [], id: "" };
      } else if (field === "data") event.data.push(text);
      else if (field === "event") event.type = text;
      else if (field === "id") event.id = text;
    }
  }
}

/**
 * hooks: onTurn(turn, clientId), onState("idle" | "connecting" | "writing" | "retrying"),
 * onFailure(items, error) for items that were not sent, onRenewed() when the old conversation was gone.
 */
export class Conversation {
  #hooks;
  #language;
  #session;
  #opening = null;
  #queue = [];
  #working = false;
  #shown = new Set();
  #current = null; // { id, aborter } of the message on its way
  #ear = new AbortController();
  #life = new AbortController();

  constructor(hooks, language, session = null) {
    this.#hooks = hooks;
    this.#language = language;
    this.#session = session;
  }

  /** The session, made if there is none. Callers at the same time share one attempt. */
  open() {
    this.#opening ??= this.#begin().catch((error) => {
      this.#opening = null;
      throw error;
    });
    return this.#opening;
  }

  send(item) {
    this.#queue.push(item);
    this.#work();
  }

  get closed() {
    return this.#life.signal.aborted;
  }

  close() {
    this.#life.abort();
    this.#ear.abort();
    this.#current?.aborter.abort();
  }

  #state(name) {
    if (!this.closed) this.#hooks.onState(name);
  }

  async #begin() {
    if (!this.#session) {
      this.#state("connecting");
      const made = await post("api/conversations", { language: this.#language }, {
        signal: this.#life.signal, onRetry: () => this.#state("retrying"),
      }).finally(() => this.#state("idle"));
      this.#session = {
        conversation: made.conversation, token: made.token, greeting: made.turn,
        language: this.#language, lastEvent: "",
      };
      savedSession.write(this.#session);
    }
    this.#listen(this.#session);
    return this.#session;
  }

  async #work() {
    if (this.#working) return;
    this.#working = true;
    while (this.#queue.length && !this.closed) {
      try {
        await this.#deliver(this.#queue[0]);
        this.#queue.shift();
      } catch (error) {
        if (this.closed) return;
        // With no connection the messages behind would fail as well, each after a minute.
        const lost = this.#queue.splice(0, error instanceof Unreachable ? this.#queue.length : 1);
        this.#hooks.onFailure(lost, error);
      }
    }
    this.#working = false;
    this.#state("idle");
  }

  async #deliver(item) {
    for (let renewed = false; ; renewed = true) {
      const { conversation, token } = await this.open();
      const aborter = new AbortController();
      this.#current = { id: item.id, aborter };
      this.#state("writing");
      try {
        const path = `api/conversations/${encodeURIComponent(conversation)}/messages`;
        const reply = await post(path, { client_id: item.id, ...item.body }, {
          token, signal: aborter.signal, onRetry: () => this.#state("retrying"),
        });
        return this.#arrived(reply.turn, item.id);
      } catch (error) {
        if (this.#shown.has(item.id)) return; // it came as an event first
        if (renewed || ![401, 404].includes(error.status)) throw error;
        this.#ear.abort();
        this.#session = this.#opening = null;
        savedSession.write(null);
        this.#hooks.onRenewed();
      } finally {
        this.#current = null;
      }
    }
  }

  /** The same answer may come both as reply and as event: the first one counts. */
  #arrived(turn, clientId) {
    if (this.closed || !turn || (clientId && this.#shown.has(clientId))) return;
    if (clientId) this.#shown.add(clientId);
    this.#hooks.onTurn(turn, clientId);
    if (clientId && this.#current?.id === clientId) this.#current.aborter.abort();
  }

  async #listen(session) {
    this.#ear = new AbortController();
    const { signal } = this.#ear;
    const path = `api/conversations/${encodeURIComponent(session.conversation)}/events`;
    for (let tries = 0; !signal.aborted; tries++) {
      const started = Date.now();
      try {
        const headers = { Authorization: `Bearer ${session.token}`, Accept: "text/event-stream" };
        if (session.lastEvent) headers["Last-Event-ID"] = session.lastEvent;
        const response = await fetch(path, { headers, signal, credentials: "omit", cache: "no-store" });
        // The conversation is gone: the next message makes a new one, there is nothing to hear till then.
        if ([401, 403, 404, 410].includes(response.status)) return;
        if (response.ok) for await (const event of readEvents(response.body)) this.#heard(event, session);
      } catch { /* dropped line: try again below */ }
      // A stream that lived for a while was sound; one that ends at once must not be hammered.
      if (Date.now() - started > 10_000) tries = 0;
      await pause(Math.min(2 ** tries, 30), signal).catch(() => {});
    }
  }

  #heard(event, session) {
    if (this.#session !== session) return;
    if (event.id) { // noted first: an event that can't be read must not come again and again
      session.lastEvent = event.id;
      savedSession.write(session);
    }
    if (event.type !== "turn") return;
    const { turn, client_id: clientId } = JSON.parse(event.data);
    this.#arrived(turn, clientId);
  }
}
