// Draws the chat page and reads the patient's input. Sending and retrying is connection.js, wording is strings.js.
import { Conversation, Refused, Unreachable, newId, savedSession } from "./connection.js";
import { MAX_LENGTH, WORDS } from "./strings.js";

const byId = (id) => document.getElementById(id);
const [log, composer, field, status, jump] = ["log", "composer", "question", "status", "jump"].map(byId);
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const query = new URLSearchParams(location.search);
const embedded = query.has("embed") && parent !== window;

let language = "en";
let words = WORDS.en;
let state = "idle";
let conversation = null;
let lastNotice = null; // { text, lang } as the server last worded it
let lastScroll = 0;
let scrolledBack = false; // since the last question
let unsentIds = new Map(); // a message that may have reached the server keeps its id, so it is not answered twice

// ---- building blocks

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

const forEars = (text) => make("span", { class: "for-ears" }, text);

/** An address as people read it: host and path. The host is shown as the browser sees it, so it can't pretend. */
function readableAddress(url) {
  const text = url.host.replace(/^www\./, "") + (url.pathname + url.search).replace(/\/$/, "");
  return text.length > 64 ? `${text.slice(0, 63)}…` : text;
}

function linkTo(address, say) {
  let url;
  try { url = new URL(address); } catch { return address; }
  return make("a", { href: url.href, target: "_blank", rel: "noopener noreferrer" }, readableAddress(url), forEars(say.newTab));
}

const NUMBER = /\d(?:[\d.,-]*\d)?/g;
const isEmergencyNumber = (text) => /^\d{3}$/.test(text); // alone, not as a part of a longer number
const ADDRESS = /https?:\/\/(?:\([^\s<>"()]*\)|[^\s<>"()])+/gi; // brackets only in pairs

/** Text as nodes; never as HTML. Addresses become links, and in error turns emergency numbers do too. */
function textNodes(text, say, phones) {
  const nodes = [];
  let from = 0;
  const pattern = phones ? new RegExp(`${ADDRESS.source}|${NUMBER.source}`, "gi") : ADDRESS;
  for (const { 0: found, index } of text.matchAll(pattern)) {
    const part = found.replace(/[.,;:!?'»”\]]+$/, ""); // a full stop after an address belongs to the sentence
    nodes.push(text.slice(from, index));
    if (isEmergencyNumber(part)) nodes.push(make("a", { href: `tel:${part}` }, part));
    else nodes.push(/^\d/.test(part) ? part : linkTo(part, say));
    from = index + part.length;
  }
  nodes.push(text.slice(from));
  return nodes;
}

function bubbleOf(text, say, phones = false) {
  const paragraphs = text.trim().split(/\n\s*\n/);
  return make("div", { class: "bubble" }, ...paragraphs.map((one) => make("p", {}, ...textNodes(one, say, phones))));
}

function choiceButton(title, body) {
  const button = make("button", { type: "button" }, title);
  if (body.choice !== undefined) button.dataset.value = body.choice;
  button.addEventListener("click", () => {
    if (button.hasAttribute("aria-disabled")) return;
    markChosen(button, true);
    ask(title, body, button);
  });
  return button;
}

/** A used choice stays in place and keeps the focus; it only can't be sent a second time. */
function markChosen(button, chosen) {
  button.querySelector(".for-ears")?.remove();
  button.removeAttribute("aria-disabled");
  if (!chosen) return;
  button.append(forEars(words.chosen));
  button.setAttribute("aria-disabled", "true");
}

function choiceGroup(buttons, label) {
  return make("div", { class: "choices", role: "group", "aria-label": label }, ...buttons);
}

// ---- turns

function drawTurn(turn) {
  const facts = turn.answers?.length ? turn.answers : [turn.answer ?? {}];
  const kinds = facts.map((fact) => fact.kind);
  const kind = kinds.includes("emergency") ? "emergency" : kinds[0] ?? "answer";
  const lang = facts[0].language ?? "";
  const say = WORDS[lang] ?? words;
  const texts = (turn.bubbles ?? []).map((bubble) => bubble.text).filter(Boolean);
  const notice = texts.length > 1 ? texts.pop() : null; // by contract the last bubble

  const node = make("div", { class: "turn assistant" }, forEars(say.answer));
  node.dataset.kind = kind;
  if (lang) node.lang = lang;

  const passages = facts.flatMap((fact) => fact.passages ?? []);
  const bubbles = texts.map((text) => {
    const bubble = bubbleOf(text, say, kind === "error");
    const passage = passages.find(({ url }) => url && text.includes(url));
    if (passage && text.length - passage.url.length < 320) { // longer: a cut passage that links to its rest
      bubble.classList.add("source");
      bubble.dataset.review = passage.review ?? "";
    }
    return bubble;
  });
  if (kind === "emergency" || kind === "error") {
    const box = make("div", { class: "alert", role: "alert", "aria-live": "assertive" }, ...bubbles);
    if (kind === "emergency") {
      box.prepend(make("p", { class: "alert-title" }, say.emergency));
      const numbers = new Set(texts.join("\n").replace(ADDRESS, "").match(NUMBER)?.filter(isEmergencyNumber));
      box.append(make("p", { class: "calls" }, ...Array.from(numbers, (number) => make("a", { href: `tel:${number}` }, say.call(number)))));
    }
    node.append(box);
  } else node.append(...bubbles);

  const choices = (turn.choices ?? []).map(({ title, value }) => choiceButton(title, { choice: value }));
  if (choices.length) node.append(choiceGroup(choices, say.choices));
  if (notice) {
    lastNotice = { text: notice, lang };
    node.append(make("p", { class: "notice" }, ...textNodes(notice.replaceAll("**", ""), say)));
  }
  return node;
}

/** Brings the start of a new turn into view, unless the patient has scrolled away to read. */
function show(node, mayScroll) {
  log.append(node);
  const alert = node.querySelector(".alert"); // with its call button, on a small screen too
  if (mayScroll || alert) (alert ?? node).scrollIntoView({ block: "nearest", behavior: calm.matches ? "auto" : "smooth" });
  else jump.hidden = false;
}

function distanceToEnd() {
  return document.documentElement.scrollHeight - scrollY - innerHeight;
}

function onTurn(turn, clientId) {
  if (!turn.bubbles?.length) return; // taken, but a person will answer later
  show(drawTurn(turn), clientId ? !scrolledBack : distanceToEnd() < 160);
  if (embedded) parent.postMessage("radinfo:turn", "*"); // a bare signal, no content
}

/** A turn the page itself has to say, because the server can't. It ends with the notice like any other. */
function showOwnError(...paragraphs) {
  const notice = lastNotice?.lang === language ? lastNotice.text : words.notice(words.site);
  const node = drawTurn({
    bubbles: [{ text: [...paragraphs, words.urgent].filter(Boolean).join("\n\n") }, { text: notice }],
    answer: { kind: "error", language },
  });
  show(node, true);
  return node;
}

// ---- sending

function ask(shownText, body, button = null) {
  const key = JSON.stringify(body);
  const id = unsentIds.get(key) ?? newId();
  unsentIds.delete(key);
  const node = make("div", { class: "turn patient" }, forEars(words.youSaid), make("div", { class: "bubble" }, make("p", {}, shownText)));
  scrolledBack = false;
  show(node, true);
  conversation.send({ id, body, key, node, button });
}

/** Nothing typed is lost: words go back into the field, choices can be pressed again. */
function onFailure(items, error) {
  const texts = [];
  for (const { id, body, key, node, button } of items) {
    node.remove();
    if (error instanceof Unreachable) unsentIds.set(key, id);
    if (button) markChosen(button, false);
    else texts.push(body.text);
  }
  field.value = [...texts, field.value].filter(Boolean).join("\n");
  countDown();
  const reason = error instanceof Refused && error.message ? error.message : words.unsent;
  showOwnError(reason, texts.length ? words.kept : "");
}

function onState(name) {
  state = name;
  status.textContent = name === "idle" ? "" : words[name];
  status.dataset.state = name;
}

function onRenewed() {
  show(make("p", { class: "remark" }, words.renewed), true);
}

/** A fresh screen. A session kept from before a reload goes on, so that its context is not lost. */
async function start(session = null) {
  conversation?.close();
  if (!session) savedSession.write(null);
  log.replaceChildren();
  unsentIds = new Map();
  jump.hidden = true;
  onState("idle");
  const mine = conversation = new Conversation({ onTurn, onState, onFailure, onRenewed }, language, session);
  try {
    const { greeting } = await mine.open();
    if (mine.closed) return;
    const node = drawTurn(greeting);
    const starters = words.starters.map((text) => choiceButton(text, { text }));
    const title = make("p", { class: "starters-title" }, words.startersTitle);
    const group = make("div", { class: "starters", lang: language }, title, choiceGroup(starters, words.startersTitle));
    node.insertBefore(group, node.querySelector(".notice")); // the notice stays last
    log.prepend(node); // the patient may have been quicker than the server
  } catch (error) {
    if (mine.closed || log.childElementCount) return; // with a message waiting, its own failure is told
    const again = make("button", { type: "button" }, words.tryAgain);
    again.addEventListener("click", () => start());
    showOwnError(words.unopened, error instanceof Refused ? error.message : "").querySelector(".alert").append(choiceGroup([again], words.tryAgain));
  }
}

// ---- input

function countDown() {
  const left = MAX_LENGTH - field.value.length;
  byId("counter").textContent = left <= 500 ? words.left(left) : "";
  byId("counter").classList.toggle("full", left <= 0);
  // Spoken only now and then: at every key it would drown what is being typed.
  if (left > 500) byId("counter-spoken").textContent = "";
  else if (left % 100 === 0 || left < 0) byId("counter-spoken").textContent = words.left(left);
}

function useLanguage(wanted) {
  language = WORDS[wanted] ? wanted : "en";
  words = WORDS[language];
  document.documentElement.lang = language;
  document.title = `${words.site} – ${words.tagline}`;
  byId("site-name").textContent = words.site;
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = words[node.dataset.text];
  for (const node of document.querySelectorAll("[data-label]")) node.setAttribute("aria-label", words[node.dataset.label]);
  for (const node of document.querySelectorAll("[data-language]")) node.setAttribute("aria-pressed", node.dataset.language === language);
  countDown();
  onState(state);
}

function sendTyped(event) {
  event.preventDefault();
  const text = field.value.trim();
  field.focus();
  if (!text || field.value.length > MAX_LENGTH) return;
  field.value = "";
  countDown();
  ask(text, { text });
}

composer.addEventListener("submit", sendTyped);

field.addEventListener("keydown", (event) => {
  // isComposing: Enter that only confirms a word in an input method must not send.
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) sendTyped(event);
});
field.addEventListener("input", countDown);

byId("language").addEventListener("click", ({ target }) => {
  const wanted = target.dataset.language;
  if (!wanted || wanted === language) return;
  useLanguage(wanted);
  // Nothing asked yet: greet in the new language. Else the conversation goes on, and the server follows the patient.
  if (!log.querySelector(".patient")) start();
});

byId("start-over").addEventListener("click", () => {
  field.value = "";
  countDown();
  start();
});

jump.addEventListener("click", () => {
  log.lastElementChild.scrollIntoView({ block: "start", behavior: calm.matches ? "auto" : "smooth" });
  field.focus({ preventScroll: true });
});
addEventListener("scroll", () => {
  if (scrollY < lastScroll) scrolledBack = true; // the page itself only ever scrolls down
  lastScroll = scrollY;
  if (distanceToEnd() < 160) jump.hidden = true;
}, { passive: true });

if (embedded) {
  const close = () => parent.postMessage("radinfo:close", "*");
  document.documentElement.classList.add("embedded");
  byId("close").hidden = false;
  byId("close").addEventListener("click", close);
  addEventListener("keydown", ({ key }) => { if (key === "Escape") close(); });
}

const kept = savedSession.read();
useLanguage(kept?.language ?? query.get("lang") ?? navigator.language.slice(0, 2));
start(kept);
