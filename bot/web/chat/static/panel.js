// The panel: who one talks to, the messages, the composer. It draws what the conversation says and knows nothing of the network.

import { Composer } from "./composer.js";
import { icon, make } from "./dom.js";
import { Messages } from "./messages.js";

const NEAR_END = 48; // px

export class Panel {
  element;
  composer;
  #words;
  #config;
  #actions;
  #messages;
  #log;
  #greeting;
  #who = make("p", { class: "who" });
  #status = make("p", { class: "status", role: "status" });
  #typing = make("p", { class: "typing", hidden: true });
  #newer;
  #fault = make("p", { class: "callout", "data-meaning": "attention", role: "status", hidden: true });
  #announcer = make("div", { class: "visually-hidden", "aria-live": "polite" });
  #atEnd = true;

  /** `actions`: close, save, language(code), say(text), choose(button), retry(entry), discard(entry), typing, seen. */
  constructor(words, config, memory, actions) {
    this.#words = words;
    this.#config = config;
    this.#actions = actions;
    this.#messages = new Messages(words, { ...actions, choose: (button, byKeyboard) => this.#choose(button, byKeyboard) });
    this.composer = new Composer(words, memory, config.max_message, {
      typing: actions.typing,
      say: (text) => {
        this.#atEnd = true;
        actions.say(text);
      },
    });
    this.#newer = make("button", { type: "button", class: "newer button-quiet", hidden: true, click: () => this.#toEnd() });
    this.#newer.append(words.say("newer"), icon("down"));
    this.#log = this.#buildLog();
    this.element = make(
      "dialog",
      { class: "panel", lang: words.language, "aria-label": words.say("panel"), keydown: (event) => this.#pressed(event) },
      this.#buildHeader(),
      this.#log,
      make("div", { class: "foot" }, this.#newer, this.#fault, this.composer.element),
      this.#announcer,
    );
    this.element.addEventListener("cancel", (event) => {
      event.preventDefault();
      actions.close();
    });
  }

  /** Draw the conversation as it is now. */
  draw(conversation) {
    this.#drawHead(conversation);
    this.#messages.draw(conversation);
    this.#greeting.hidden = conversation.answered; // the bot's first words say the same again
    const writer = conversation.typing === "agent" ? conversation.state.agent : this.#config.bot;
    const writes = Boolean(conversation.typing);
    this.#typing.hidden = !writes;
    if (writes) this.#typing.textContent = this.#words.say("typing", { name: writer });
    this.composer.address(conversation.state.owner === "agent" ? conversation.state.agent : null);
    if (this.#atEnd) this.#toEnd();
  }

  /** New words of the other side: say them to those who listen, and show the beginning of what is longer than the view. */
  announce(items) {
    this.#announcer.textContent = items.map((item) => `${item.name}: ${item.text}`).join("\n");
    this.#fault.hidden = true;
    if (!this.#atEnd) {
      this.#newer.hidden = false;
      return;
    }
    const first = this.#messages.nodeOf(items[0]);
    if (first) this.#log.scrollTop = Math.min(this.#log.scrollTop, first.offsetTop - 8);
  }

  /** Tell the visitor that something is wrong, by the key of a text. */
  warn(key) {
    this.#fault.textContent = this.#words.say(key);
    this.#fault.hidden = false;
  }

  /** Show the latest, as after opening. */
  rewind() {
    this.#toEnd();
  }

  #buildLog() {
    const words = this.#words;
    const privacy = this.#config.privacy_url;
    const link = privacy ? make("a", { href: privacy, target: "_blank", rel: "noopener" }, words.say("privacy")) : null;
    this.#greeting = make(
      "div",
      { class: "greeting" },
      make("h2", {}, words.say("greeting_title")),
      make("p", {}, words.say("greeting")),
      make("p", { class: "small soft" }, words.say("greeting_privacy"), " ", link),
    );
    const scroll = () => this.#scrolled();
    const facts = { class: "log", role: "log", "aria-live": "off", "aria-label": words.say("log"), tabindex: "0", scroll };
    const log = make("div", facts, this.#greeting, this.#messages.element, this.#typing);
    new ResizeObserver(() => this.#atEnd && this.#toEnd()).observe(log); // the composer grows, the keyboard comes up
    return log;
  }

  #buildHeader() {
    const words = this.#words;
    const close = make("button", { type: "button", class: "plain-button", click: this.#actions.close });
    close.append(icon("close"), make("span", { class: "visually-hidden" }, words.say("close")));
    const summary = make("summary", { class: "plain-button" }, icon("more"), make("span", { class: "visually-hidden" }, words.say("more")));
    const save = make("button", { type: "button", class: "item", click: () => this.#fromMenu(this.#actions.save) });
    save.append(icon("save"), words.say("save"));
    const menu = make("details", { class: "menu" }, summary, make("div", { class: "items" }, save, this.#languages()));
    menu.addEventListener("focusout", (event) => {
      if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
    });
    return make("header", {}, make("h2", {}, this.#config.company), menu, close, this.#who, this.#status);
  }

  #languages() {
    const words = this.#words;
    const group = make("div", { class: "languages", role: "group", "aria-label": words.say("language") });
    for (const code of this.#config.languages) {
      const choose = () => this.#fromMenu(() => this.#actions.language(code));
      const current = String(code === words.language);
      const facts = { type: "button", class: "item", lang: code, "aria-pressed": current, click: choose };
      group.append(make("button", facts, icon("check"), words.say(`language_${code}`)));
    }
    return group;
  }

  #fromMenu(action) {
    const menu = this.element.querySelector("details");
    menu.open = false;
    menu.firstChild.focus();
    action();
  }

  #drawHead({ state, connection }) {
    const words = this.#words;
    const agent = state.owner === "agent" ? state.agent : null;
    const kind = words.say(agent ? "person" : "machine");
    const name = agent ?? this.#config.bot;
    if (this.#who.title !== name) {
      if (this.#who.title) this.#announcer.textContent = words.say(agent ? "agent_joined" : "agent_left", { agent });
      this.#who.title = name;
      this.#who.replaceChildren(icon(agent ? "person" : "machine"), make("b", {}, name), ` ${kind}`);
    }
    const [key, meaning] = statusOf(state, connection);
    const text = words.say(key);
    if (this.#status.textContent === text) return;
    this.#status.textContent = text;
    this.#status.dataset.meaning = meaning;
  }

  #pressed(event) {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    const menu = this.element.querySelector("details[open]");
    if (!menu) return this.#actions.close();
    menu.open = false;
    menu.firstChild.focus();
  }

  #choose(button, byKeyboard) {
    this.#atEnd = true;
    this.#actions.choose(button);
    if (byKeyboard) this.composer.focus(); // the pressed button is gone; with a finger this would raise the keyboard
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.#log;
    this.#atEnd = scrollHeight - scrollTop - clientHeight < NEAR_END;
    if (!this.#atEnd) return;
    this.#newer.hidden = true;
    this.#actions.seen();
  }

  #toEnd() {
    this.#log.scrollTop = this.#log.scrollHeight;
    this.#newer.hidden = true;
    this.#atEnd = true;
  }
}

function statusOf(state, connection) {
  if (connection === "offline" || !navigator.onLine) return ["state_offline", "attention"];
  if (connection === "reconnecting") return ["state_reconnecting", "attention"];
  if (state.waiting) return ["state_waiting", "neutral"];
  return [connection === "open" ? "state_connected" : "state_ready", "good"];
}
