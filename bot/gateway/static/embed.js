// Adds a chat launcher to any page: <script src="https://HOST/static/embed.js" async></script>
// Nothing is loaded from the service before the visitor opens the chat. Optional: data-lang="es" on the tag.
(() => {
  if (document.querySelector("radinfo-chat")) return;
  const script = document.currentScript;
  const home = new URL("../?embed=1", script.src);
  const lang = (script.dataset.lang || document.documentElement.lang || navigator.language).slice(0, 2).toLowerCase();
  home.searchParams.set("lang", lang);
  const say = lang === "es"
    ? { open: "Preguntas sobre imágenes médicas: abrir el chat", shut: "Cerrar el chat", fresh: "Mensaje nuevo: abrir el chat", frame: "Chat sobre imágenes médicas" }
    : { open: "Questions about medical imaging: open chat", shut: "Close chat", fresh: "New message: open chat", frame: "Chat about medical imaging" };

  const style = `
    :host { all: initial; }
    .launcher { position: fixed; z-index: 2147483000; right: max(20px, env(safe-area-inset-right)); bottom: max(20px, env(safe-area-inset-bottom));
      box-sizing: border-box; width: 60px; height: 60px; padding: 0; border: 2px solid #fff; border-radius: 50%;
      background: #0b5d74; color: #fff; cursor: pointer; box-shadow: 0 2px 10px rgb(0 0 0 / .35); }
    .launcher:focus-visible { outline: 3px solid #0b5d74; outline-offset: 3px; box-shadow: 0 0 0 3px #fff, 0 2px 10px rgb(0 0 0 / .35); }
    .launcher svg { display: block; width: 30px; height: 30px; margin: auto; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
    .launcher.fresh::after { content: ""; position: absolute; top: -4px; right: -4px; width: 16px; height: 16px; border: 2px solid #fff; border-radius: 50%; background: #b3261e; }
    .launcher[aria-expanded="true"] .talk, .launcher[aria-expanded="false"] .cross { display: none; }
    dialog { position: fixed; z-index: 2147483000; inset: auto max(20px, env(safe-area-inset-right)) calc(max(20px, env(safe-area-inset-bottom)) + 72px) auto;
      box-sizing: border-box; width: min(420px, 100vw - 40px); height: min(680px, 100vh - 112px); margin: 0; padding: 0; overflow: hidden;
      border: 1px solid #5d7480; border-radius: 14px; background: Canvas; box-shadow: 0 8px 32px rgb(0 0 0 / .3); }
    iframe { display: block; width: 100%; height: 100%; border: 0; }
    @media (max-width: 640px), (max-height: 520px) {
      dialog { inset: 0; width: 100vw; max-width: none; height: 100vh; height: 100dvh; max-height: none; border: 0; border-radius: 0; }
      dialog[open] ~ .launcher { display: none; } }
    @media print { .launcher, dialog { display: none; } }`;

  const svg = (name, path) => {
    const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    picture.setAttribute("class", name);
    picture.setAttribute("viewBox", "0 0 24 24");
    picture.setAttribute("aria-hidden", "true");
    picture.append(document.createElementNS("http://www.w3.org/2000/svg", "path"));
    picture.firstChild.setAttribute("d", path);
    return picture;
  };

  // A shadow tree keeps the hospital's styles out; a constructed sheet also passes a CSP that forbids inline styles.
  const host = document.createElement("radinfo-chat");
  const root = host.attachShadow({ mode: "open" });
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style);
    root.adoptedStyleSheets = [sheet];
  } catch { // browsers before 2023
    root.append(Object.assign(document.createElement("style"), { textContent: style }));
  }

  const panel = document.createElement("dialog");
  panel.id = "panel";
  panel.setAttribute("aria-label", say.frame);
  const launcher = document.createElement("button");
  launcher.type = "button";
  launcher.className = "launcher";
  launcher.setAttribute("aria-controls", "panel");
  launcher.append(
    svg("talk", "M5 4h14a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-7l-5 4v-4H5a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2zM8 9h8M8 12.5h5"),
    svg("cross", "M6 6l12 12M18 6L6 18"),
  );
  root.append(panel, launcher);

  let frame = null;
  const label = (text) => {
    launcher.setAttribute("aria-label", text);
    launcher.setAttribute("aria-expanded", String(panel.open));
  };
  const open = () => {
    if (!frame) {
      frame = document.createElement("iframe");
      frame.title = say.frame;
      frame.src = home.href;
      panel.append(frame);
    }
    // Where the panel covers the page, the page behind it must not take the focus.
    if (matchMedia("(max-width: 640px), (max-height: 520px)").matches) panel.showModal();
    else panel.show();
    launcher.classList.remove("fresh");
    label(say.shut);
    frame.focus();
  };

  launcher.addEventListener("click", () => (panel.open ? panel.close() : open()));
  panel.addEventListener("close", () => { label(say.open); launcher.focus(); });
  addEventListener("keydown", (event) => { if (event.key === "Escape" && panel.open) panel.close(); });
  addEventListener("message", (event) => {
    if (event.source !== frame?.contentWindow || event.origin !== home.origin) return;
    if (event.data === "radinfo:close") panel.close();
    if (event.data === "radinfo:turn" && !panel.open) { launcher.classList.add("fresh"); label(say.fresh); }
  });

  label(say.open);
  const place = () => document.body.append(host);
  if (document.body) place(); else addEventListener("DOMContentLoaded", place);
})();
