// Beside the facts: setting the urgency right. Folded until somebody wants to, and left alone while they choose.

import { el } from "./elements.js";
import { reasons, say } from "./words.js";

const LEVELS = ["emergency", "high", "normal", "low"];
const QUOTED = 140; // characters

/** The control for the case that is shown. `save(caseId, level, reason)` resolves once it is done. */
export class UrgencyControl {
  constructor(place, save) {
    this.place = place;
    this.save = save;
    this.caseId = null;
    this.shown = "";
  }

  /** Fit a case. What somebody is choosing stays as it is. */
  show(row) {
    const shown = JSON.stringify([row.id, row.urgency, row.matter, row.about]);
    if (shown === this.shown || (row.id === this.caseId && this.fold.open)) return;
    this.shown = shown;
    this.caseId = row.id;
    this.place.replaceChildren(this.#fold(row));
  }

  /** Unfold, and put the cursor into the choice. */
  open() {
    this.fold.open = true;
    this.choice.focus();
  }

  #fold(row) {
    this.choice = el("select", { id: "urgency-choice", required: true }, choices(row));
    const words = row.about.length > QUOTED ? `${row.about.slice(0, QUOTED)}…` : row.about;
    const form = el(
      "form",
      { class: "correcting-form" },
      el("label", { for: "urgency-choice" }, say("correct.level")),
      this.choice,
      words ? el("p", { class: "soft small", dir: "auto" }, say("correct.about", { words })) : null,
      el("button", { class: "button-quiet" }, say("act.save")),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.fold = el("details", { class: "correcting" }, el("summary", { "aria-keyshortcuts": "u" }, say("correct.urgency")), form);
    return this.fold;
  }

  async #submit() {
    const [level, reason = ""] = this.choice.value.split(".");
    this.fold.querySelector("summary").focus();
    this.fold.open = false;
    await this.save(this.caseId, level, reason);
    this.fold.querySelector("summary").focus();
  }
}

/** An option for each level and, where it needs one, reason; the present one is chosen. */
function choices({ urgency, matter }) {
  const known = LEVELS.flatMap((level) => (reasons[level] ?? [""]).map((reason) => [level, reason]));
  const present = ([level, reason]) => level === urgency && reason === (matter ?? "");
  const none = known.some(present) ? null : el("option", { value: "", selected: true, disabled: true }, say("correct.choose"));
  return [none, ...known.map((one) => el("option", { value: one.filter(Boolean).join("."), selected: present(one) }, named(one)))];
}

function named([level, reason]) {
  const urgency = say(`urgency.${level}`);
  return reason ? say("correct.choice", { urgency, matter: say(`matter.${reason}`) }) : urgency;
}
