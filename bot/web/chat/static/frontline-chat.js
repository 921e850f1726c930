// <frontline-chat>: the launcher and the panel, for any page. Attributes: language, open, accent.

import { Api } from "./api.js";
import { Conversation } from "./conversation.js";
import { icon, make } from "./dom.js";
import { Memory } from "./memory.js";
import { Panel } from "./panel.js";
import { saveTranscript } from "./saving.js";
import { Words } from "./words.js";

const BASE = new URL(import.meta.url).origin;
const SMALL = matchMedia("(max-width: 40rem), (max-height: 30rem)");
const STYLES = ["/static/shared/tokens.css", "/static/chat/chat.css"];
const LANGUAGES = ["de", "en"];

/** The chat. `show()`, `hide()`; `ask(text)` opens it with a text ready to be sent. */
export class FrontlineChat extends HTMLElement {
  static observedAttributes = ["language", "accent", "open"];
  #memory = new Memory(BASE);
  #api = new Api(BASE);
  #conversation = null;
  #config = null;
  #words = null;
  #panel = null;
  #launcher = null;
  #ready = null;
  #resized = () => this.#isOpen && this.#present();
  #fitted = () => this.#fit();

  connectedCallback() {
    if (!this.shadowRoot) this.attachShadow({ mode: "open" });
    this.#conversation ??= this.#converse();
    SMALL.addEventListener("change", this.#resized);
    visualViewport?.addEventListener("resize", this.#fitted);
    this.#ready ??= this.#prepare();
  }

  disconnectedCallback() {
    SMALL.removeEventListener("change", this.#resized);
    visualViewport?.removeEventListener("resize", this.#fitted);
    this.#conversation.leave();
  }

  attributeChangedCallback(name, before, after) {
    if (!this.#config || before === after) return;
    if (name === "language") this.#speak(after);
    if (name === "accent") this.#paint();
    if (name === "open") after === null ? this.hide() : this.show();
  }

  /** Open the panel. */
  async show({ focus = true } = {}) {
    await this.#ready;
    if (this.#isOpen) return;
    this.#memory.set("open", true);
    this.#present();
    this.#draw();
    this.#panel.rewind();
    if (focus) this.#panel.composer.focus();
    this.#conversation.seen();
    this.#drawLauncher();
  }

  /** Close it and give the focus back to the launcher. */
  hide() {
    if (!this.#isOpen) return;
    this.#memory.set("open", false);
    this.#panel.element.close();
    this.#drawLauncher();
    this.#launcher.focus();
  }

  /** Open the panel with `text` in the composer. */
  async ask(text) {
    await this.show();
    this.#panel.composer.prefill(text);
  }

  get #isOpen() {
    return Boolean(this.#panel?.element.open);
  }

  get #language() {
    const wished = [this.#memory.get("language"), this.getAttribute("language"), document.documentElement.lang, navigator.language];
    return wished.map((code) => code?.slice(0, 2).toLowerCase()).find((code) => LANGUAGES.includes(code)) ?? LANGUAGES[0];
  }

  #converse() {
    const conversation = new Conversation(BASE, this.#api, this.#memory, () => this.#language);
    conversation.addEventListener("change", () => this.#draw());
    conversation.addEventListener("fault", (event) => this.#panel?.warn(event.detail));
    conversation.addEventListener("news", (event) => {
      if (!this.#isOpen) return;
      this.#panel.announce(event.detail);
      if (document.visibilityState === "visible") conversation.seen();
    });
    return conversation;
  }

  async #prepare() {
    const [styles] = await Promise.all([loadStyles(), this.#configure()]);
    this.shadowRoot.adoptedStyleSheets = styles;
    this.#build();
    this.#conversation.follow();
    const wished = this.#memory.get("open") ?? this.hasAttribute("open");
    if (wished && !SMALL.matches) queueMicrotask(() => this.show({ focus: false }));
  }

  /** Names and texts; from the last visit where the server is not reachable, and again later. */
  async #configure() {
    const language = this.#language;
    try {
      this.#config = await this.#api.config(language);
      this.#memory.set(`config-${language}`, this.#config);
    } catch {
      this.#config = this.#memory.get(`config-${language}`);
      if (!this.#config) {
        await new Promise((done) => setTimeout(done, 15_000));
        return this.#configure();
      }
    }
    this.#words = new Words(this.#config);
  }

  #build() {
    const actions = {
      close: () => this.hide(),
      save: () => saveTranscript(this.#conversation.inOrder(), this.#words),
      language: (code) => this.#speak(code, { keep: true }),
      say: (text) => this.#conversation.say({ text }),
      choose: (button) => this.#conversation.say({ button }),
      retry: (entry) => this.#conversation.retry(entry.client_id),
      discard: (entry) => this.#conversation.discard(entry),
      typing: () => this.#conversation.tellTyping(),
      seen: () => this.#isOpen && this.#conversation.seen(),
    };
    this.#panel = new Panel(this.#words, this.#config, this.#memory, actions);
    this.#launcher = make("button", { type: "button", class: "launcher button", "aria-haspopup": "dialog", click: () => this.show() });
    this.shadowRoot.replaceChildren(this.#launcher, this.#panel.element);
    this.#paint();
    this.#draw();
  }

  #draw() {
    if (!this.#panel) return;
    if (this.#isOpen) this.#panel.draw(this.#conversation);
    this.#drawLauncher();
  }

  #drawLauncher() {
    const unread = this.#isOpen ? 0 : this.#conversation.unread();
    const words = this.#words;
    const label = unread ? words.count("open_unread", unread) : words.say("open");
    this.#launcher.hidden = this.#isOpen;
    this.#launcher.lang = words.language;
    if (this.#launcher.textContent !== label) this.#launcher.replaceChildren(icon("chat"), make("span", {}, label));
  }

  async #speak(language, { keep = false } = {}) {
    if (keep) this.#memory.set("language", language);
    const wasOpen = this.#isOpen;
    await this.#configure();
    this.#build();
    if (wasOpen) await this.show();
  }

  #paint() {
    const accent = this.getAttribute("accent") ?? this.#config.accent;
    if (CSS.supports("color", accent)) this.style.setProperty("--accent", accent);
  }

  /** Beside the page where there is room; else over all of it, and then the page behind is out of reach. */
  #present() {
    const { element, composer } = this.#panel;
    const writing = composer.focused;
    if (element.open) element.close();
    element.classList.toggle("full", SMALL.matches);
    if (SMALL.matches) element.showModal();
    else element.open = true; // show() would take the focus, also from a page that opens the chat by itself
    this.#fit();
    if (writing) composer.focus();
  }

  /** With the keyboard of a phone up, only what is above it can be seen. */
  #fit() {
    if (!this.#panel) return;
    const height = SMALL.matches && visualViewport ? `${visualViewport.height}px` : null;
    this.#panel.element.style.setProperty("--visible", height ?? "");
  }
}

let styles = null;

function loadStyles() {
  styles ??= Promise.all(
    STYLES.map(async (path) => new CSSStyleSheet().replace(await (await fetch(BASE + path, { credentials: "omit" })).text())),
  );
  return styles;
}

customElements.define("frontline-chat", FrontlineChat);
if (!document.querySelector("frontline-chat")) document.body.append(document.createElement("frontline-chat"));
