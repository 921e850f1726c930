// Below the conversation: where the agent writes, or a word about why not here and now.

import { clientIdFor, draftOf, keepDraft } from "./drafts.js";
import { el, icon } from "./elements.js";
import { moment } from "./times.js";
import { maxReply, say } from "./words.js";

const COUNT_FROM = 0.9; // of the limit
const COMMAND = /Mac|iP(hone|ad)/.test(navigator.platform) ? "⌘" : say("key.ctrl");

/** Shows one of: text field, offer to claim, who has it, closed. Rebuilt only when that changes, so writing is never disturbed. */
export class Composer {
  constructor(where, { send, claim }) {
    this.where = where;
    this.send = send;
    this.claim = claim;
    this.shown = "";
    this.field = null;
  }

  /** Fit a case. `place` is what its channel allows: who reads along, and until when it takes words. */
  show(row, place) {
    const over = place.closes_at !== null && Date.parse(place.closes_at) <= Date.now();
    const mode = row.free ? "free" : row.state !== "claimed" ? "closed" : !row.mine ? "held" : over ? "over" : "mine";
    const shown = `${row.id} ${mode} ${row.staff ?? ""} ${place.public} ${place.closes_at}`;
    if (shown === this.shown) return;
    this.shown = shown;
    this.caseId = row.id;
    this.field = null;
    this.where.replaceChildren(mode === "mine" ? this.#form(place) : this.#word(mode, row));
  }

  /** Put the cursor into the text field, if there is one. */
  focus() {
    this.field?.focus();
    return this.field !== null;
  }

  /** Whether something is written and not sent. */
  unsent() {
    return this.field !== null && this.field.value.trim() !== "";
  }

  /** Throw away what is written. */
  discard() {
    if (this.field) this.field.value = "";
    keepDraft(this.caseId, "");
  }

  #word(mode, row) {
    if (mode === "free") {
      const button = el("button", { class: "button", type: "button", click: this.claim, "aria-keyshortcuts": "c" }, say("act.claim"), el("kbd", {}, "C"));
      return el("div", { class: "offer" }, button, el("span", { class: "soft" }, say("composer.claim_first")));
    }
    return el("p", { class: "callout" }, say(`composer.${mode}`, { name: row.staff }));
  }

  #form(place) {
    const field = el("textarea", { id: "reply", rows: 3, "aria-describedby": "reply-note", "aria-keyshortcuts": "r", dir: "auto" });
    field.value = draftOf(this.caseId);
    this.field = field;
    this.note = el("span", { id: "reply-note", role: "status" });
    this.#hint();
    this.button = el("button", { class: "button" }, icon("send"), say("act.send"));
    field.addEventListener("input", () => {
      keepDraft(this.caseId, field.value);
      this.#count();
    });
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        this.#submit();
      }
    });
    const label = el("label", { for: "reply" }, say(place.public ? "composer.label_public" : "composer.label"), windowOf(place));
    const form = el("form", { class: "composer" }, label, field, el("div", { class: "composer-end" }, this.note, this.button));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    return form;
  }

  #count() {
    const left = maxReply - this.field.value.length;
    this.field.setAttribute("aria-invalid", String(left < 0));
    if (left < 0) this.#say(say("composer.too_long", { n: -left }), "urgent");
    else if (left < maxReply * (1 - COUNT_FROM)) this.#say(say("composer.left", { n: left }));
    else this.#hint();
  }

  #hint() {
    this.note.textContent = say("composer.hint", { key: COMMAND });
    this.note.className = "soft small keyboard";
  }

  async #submit(confirmed = false) {
    const { field, caseId } = this;
    const text = field.value.trim();
    if (field.readOnly) return;
    if (!text) return this.#say(say("composer.empty"), "urgent");
    if (text.length > maxReply) return this.#count();
    field.readOnly = true; // not disabled: that would take the focus away
    this.#say(say("composer.sending"));
    try {
      await this.send(caseId, text, clientIdFor(caseId, text), confirmed);
      keepDraft(caseId, "");
      field.value = "";
      this.#say(say("composer.sent"));
    } catch (error) {
      this.#say(error.message, "urgent");
      if (error.confirm) this.note.append(" ", el("button", { class: "button-quiet", type: "button", click: () => this.#submit(true) }, say("composer.anyway")));
    } finally {
      field.readOnly = false;
    }
  }

  #say(text, meaning = null) {
    this.note.textContent = text;
    this.note.className = meaning ? "problem small" : "soft small";
  }
}

/** Until when the channel takes words, where that ends. */
function windowOf(place) {
  return place.closes_at === null ? null : el("span", { class: "soft small" }, " · ", say("composer.until"), " ", moment(place.closes_at));
}
