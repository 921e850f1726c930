// What the bot understood of a message, folded under it.

import { bar, el } from "./elements.js";
import { urgencyMark } from "./queue.js";
import { languageName, say } from "./words.js";

const percent = (share) => (typeof share === "number" ? `${Math.round(share * 100)} %` : "");

/** A fold with the reading of one message; `brain` is who read it. */
export function readingOf(reading, brain) {
  const decision = decided(reading.decision);
  const [best] = reading.candidates;
  const glance = [decision, best && percent(best.confidence)].filter(Boolean).join(", ");
  return el(
    "details",
    { class: "reading" },
    el("summary", {}, say("reading.title"), glance ? el("span", { class: "soft" }, `: ${glance}`) : null),
    el(
      "dl",
      { class: "facts" },
      fact("reading.decision", decision),
      fact("reading.candidates", reading.candidates.length ? candidates(reading.candidates) : say("reading.no_candidates")),
      fact("reading.urgency", urgency(reading.urgency)),
      fact("reading.intent", [reading.intent ?? "", " ", el("span", { class: "soft" }, percent(reading.intent_confidence))]),
      fact("reading.language", languageName(reading.language)),
      brain ? fact("reading.brain", say(`brain.${brain}`, {}, brain)) : null,
    ),
  );
}

function fact(label, value) {
  return el("div", {}, el("dt", {}, say(label)), el("dd", {}, value));
}

function decided({ kind, handoff }) {
  if (!kind) return "";
  const word = say(`decision.${kind}`);
  return handoff && kind !== "handoff" ? `${word} ${say("decision.and_handoff")}` : word;
}

function candidates(found) {
  return el(
    "ol",
    { class: "candidates" },
    found.map(({ title, confidence }) =>
      el("li", {}, el("span", { class: "candidate" }, title), el("span", { class: "share" }, bar(confidence ?? 0), percent(confidence))),
    ),
  );
}

function urgency({ level, reason, words }) {
  return [
    level ? urgencyMark(level) : null,
    reason ? ` ${say(`matter.${reason}`, {}, reason)}` : null,
    words.length ? el("span", { class: "quotes" }, words.map((one) => el("q", {}, one))) : null,
  ];
}
