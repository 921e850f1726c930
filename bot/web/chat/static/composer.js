// Where the visitor writes. The draft survives a reload.

import { icon, make } from "./dom.js";

const COUNT_FROM = 300; // characters left

export class Composer {
  element;
  #words;
  #memory;
  #limit;
  #field;
  #count;
  #send;
  #actions;

  /** `actions`: say(text), typing(). */
  constructor(words, memory, limit, actions) {
    this.#words = words;
    this.#memory = memory;
    this.#limit = limit;
    this.#actions = actions;
    this.#field = make("textarea", {
      rows: "1",
      "aria-label": words.say("write"),
      "aria-describedby": "hint count",
      placeholder: words.say("placeholder"),
      enterkeyhint: "send",
      autocomplete: "off",
      input: () => this.#written(),
      keydown: (event) => this.#pressed(event),
    });
    this.#count = make("p", { id: "count", class: "count", role: "status", hidden: true });
    this.#send = make("button", { class: "button send" }, icon("send"), make("span", {}, words.say("send")));
    const hint = make("p", { id: "hint", class: "visually-hidden" }, words.say("hint"));
    const submit = (event) => {
      event.preventDefault();
      this.#submit();
    };
    this.element = make("form", { class: "composer", submit }, this.#count, this.#field, this.#send, hint);
    this.#field.value = memory.get("draft") ?? "";
    this.#measure();
  }

  focus() {
    this.#field.focus();
  }

  /** Whether the visitor writes here. */
  get focused() {
    return this.#field.matches(":focus");
  }

  /** Put a text there to be looked over and sent. */
  prefill(text) {
    this.#field.value = text;
    this.#written();
    this.focus();
  }

  /** Say to whom one writes. */
  address(agent) {
    this.#field.placeholder = agent ? this.#words.say("placeholder_agent", { agent }) : this.#words.say("placeholder");
  }

  #written() {
    this.#memory.set("draft", this.#field.value || null);
    this.#measure();
    if (this.#field.value) this.#actions.typing();
  }

  #pressed(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#submit();
  }

  #submit() {
    const text = this.#field.value.trim();
    if (!text || this.#left() < 0) return this.focus();
    this.#actions.say(text);
    this.#field.value = "";
    this.#written();
    this.focus();
  }

  #left() {
    return this.#limit - [...this.#field.value].length;
  }

  #measure() {
    const left = this.#left();
    const empty = !this.#field.value.trim();
    this.#count.hidden = left > COUNT_FROM;
    if (left <= COUNT_FROM) {
      this.#count.textContent = left < 0 ? this.#words.say("too_long", { n: -left }) : this.#words.say("left", { n: left });
    }
    this.#count.classList.toggle("exceeded", left < 0);
    this.#field.setAttribute("aria-invalid", String(left < 0));
    this.#send.setAttribute("aria-disabled", String(empty || left < 0));
    if (!CSS.supports("field-sizing: content")) {
      this.#field.style.blockSize = "auto";
      this.#field.style.blockSize = `${this.#field.scrollHeight + 2}px`;
    }
  }
}
