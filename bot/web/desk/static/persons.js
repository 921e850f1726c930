// Beside the facts: the same person's other conversations, as people have linked them. Left alone while somebody types.

import { el } from "./elements.js";
import { past } from "./times.js";
import { channelName, say } from "./words.js";

/** The list for the case that is shown. `link(caseId, other)` and `unlink(caseId, conversation)` resolve once it is done. */
export class PersonsControl {
  constructor(place, { link, unlink }) {
    this.place = place;
    this.link = link;
    this.unlink = unlink;
    this.shown = "";
  }

  /** Fit a case. */
  show(caseId, linked) {
    const shown = JSON.stringify([caseId, linked]);
    if (shown === this.shown) return;
    this.shown = shown;
    const rows = linked.map((one) => this.#row(caseId, one));
    const list = rows.length ? el("ul", { class: "linked" }, rows) : el("p", { class: "soft small" }, say("persons.none"));
    this.place.replaceChildren(el("h3", {}, say("persons.title")), list, this.#fold(caseId));
  }

  #row(caseId, one) {
    const name = channelName(one.channel);
    const read = el("a", { href: `/desk/cases/${caseId}/linked/${one.id}`, target: "_blank", rel: "noopener" }, name);
    const heard = one.heard_at ? [" · ", past(one.heard_at)] : [];
    const open = one.case_id ? [" · ", el("a", { href: `#case-${one.case_id}` }, say("persons.case", { n: one.case_id }))] : [];
    const part = el("button", { class: "button-quiet", type: "button", click: () => this.unlink(caseId, one.id), "aria-label": say("persons.unlink_named", { name }) }, say("persons.unlink"));
    return el("li", {}, el("span", {}, read, heard, open), part);
  }

  #fold(caseId) {
    const field = el("input", { id: "link-case", type: "text", inputmode: "numeric", pattern: "[0-9]{1,15}", required: true, autocomplete: "off" });
    const form = el("form", { class: "correcting-form" }, el("label", { for: "link-case" }, say("persons.number")), field, el("button", { class: "button-quiet" }, say("persons.link")));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.link(caseId, Number(field.value));
    });
    return el("details", { class: "correcting" }, el("summary", {}, say("persons.add")), form);
  }
}
