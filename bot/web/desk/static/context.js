// The right pane: why the case is here, how urgent it is and why, how to reach the customer.

import { el, icon } from "./elements.js";
import { urgencyMark } from "./queue.js";
import { past } from "./times.js";
import { channelName, languageName, say } from "./words.js";

/** Why a case is here, and how urgent it is. */
export function whyOf({ case: row }) {
  return [
    el("h2", { class: "pane-title" }, say("desk.context")),
    el("p", { class: "reason" }, say(`reason.${row.reason}`, {}, row.reason)),
    el("p", { class: "level" }, urgencyMark(row.urgency)),
  ];
}

/** The facts of a case, as one piece. */
export function factsOf(view) {
  const { case: row, conversation, under_way: underWay } = view;
  const claimed = row.state === "claimed";
  return [
    claimed && underWay ? underWayNote(underWay) : null,
    row.why.length ? [el("h3", {}, say("context.evidence")), listed(row.why.map(({ label, text }) => [label, text]))] : null,
    el("h3", {}, say("context.customer")),
    listed([
      [say("reading.language"), languageName(conversation.language)],
      [say("context.contact"), conversation.contact ?? say("context.no_contact")],
    ]),
    el("h3", {}, say("context.case")),
    listed([
      [say("context.waiting"), past(row.opened_at)],
      row.claimed_at ? [say("context.claimed"), [past(row.claimed_at), row.staff ? ` · ${row.staff}` : ""]] : null,
      row.closed_at ? [say("context.closed"), [past(row.closed_at), ` · ${say(`state.${row.state}`)}`]] : null,
      [say("context.number"), String(row.id)],
      [say("context.channel"), channelName(row.channel)],
    ]),
  ].flat();
}

function underWayNote(count) {
  const text = say(count === 1 ? "under_way.one" : "under_way.many", { n: count });
  return el("p", { class: "callout", "data-meaning": "attention" }, icon("clock"), " ", text);
}

function listed(pairs) {
  const shown = pairs.filter(Boolean);
  return el("dl", { class: "facts" }, shown.map(([label, value]) => el("div", {}, el("dt", {}, label), el("dd", { dir: "auto" }, value))));
}
