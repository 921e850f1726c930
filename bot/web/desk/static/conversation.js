// The middle pane: bubbles in their order, with events of the case as thin lines between them.

import { doubtOf } from "./doubts.js";
import { arrange, el, icon, rendered } from "./elements.js";
import { fileOf } from "./files.js";
import { readingOf } from "./reading.js";
import { rightAnswerOf } from "./right_answer.js";
import { moment } from "./times.js";
import { say } from "./words.js";

const NEAR = 64; // pixels from the end that still count as being at the end
const MEANINGS = { failed: "urgent", uncertain: "attention", dropped: null, given_up: "attention" };
const SILENT = new Set(["answered", "with_agent", "closed"]); // states of a message that need no word

/** The story of one case in its scrolling box. */
export class Story {
  constructor(box, list, news) {
    this.box = box;
    this.list = list;
    this.news = news;
    this.caseId = null;
    this.unseen = 0;
    this.following = true; // the end is in sight, and stays in sight when something is added or the box shrinks
    box.addEventListener("scroll", () => this.#look(), { passive: true });
    new ResizeObserver(() => this.following && this.toEnd()).observe(box);
    news.addEventListener("click", () => this.toEnd());
  }

  /** Show items and events. Whoever reads further up stays there and is told quietly how many are new. */
  show(caseId, items, events) {
    const another = caseId !== this.caseId;
    const following = another || this.following;
    const known = new Set([...this.list.children].map((child) => child.dataset.key));
    if (another) this.list.replaceChildren();
    arrange(this.list, woven(items, events));
    this.caseId = caseId;
    if (following) this.toEnd();
    else this.#tell(items.filter((item) => !known.has(keyOf(item))).length);
  }

  /** Scroll to what was said last. */
  toEnd() {
    this.box.scrollTop = this.box.scrollHeight;
    this.#look();
  }

  #look() {
    this.following = this.box.scrollHeight - this.box.scrollTop - this.box.clientHeight < NEAR;
    if (!this.following) return;
    this.unseen = 0;
    this.news.hidden = true;
  }

  #tell(more) {
    this.unseen += more;
    if (!this.unseen) return;
    this.news.replaceChildren(icon("down"), " ", say(this.unseen === 1 ? "news.one" : "news.many", { n: this.unseen }));
    this.news.hidden = false;
  }
}

const keyOf = (item) => `${item.from === "customer" ? "message" : "reply"}-${item.id}`;

/** Items in their order, each event before the first item that is younger. */
function woven(items, events) {
  const lines = [];
  const left = [...events];
  for (const item of items) {
    while (left.length && left[0].at < item.at) lines.push(eventLine(left.shift()));
    lines.push({ key: keyOf(item), data: item, make: () => bubble(item) });
  }
  return [...lines, ...left.map(eventLine)];
}

function eventLine(event) {
  const reason = event.reason && say(`reason.${event.reason}`, {}, event.reason);
  const text = say(`event.${event.kind}`, { name: event.staff ?? "–", reason, urgency: event.level && say(`urgency.${event.level}`) });
  return { key: `event-${event.kind}-${event.at}`, data: event, make: () => el("li", { class: "event" }, el("span", {}, text, " · ", moment(event.at))) };
}

function bubble(item) {
  return el(
    "li",
    { class: "item", "data-from": item.from, "data-state": item.state },
    el("p", { class: "who" }, whoOf(item), moment(item.at), item.edited ? el("span", {}, say("item.edited")) : null),
    el("div", { class: "bubble" }, contentOf(item), extrasOf(item)),
    stateOf(item),
    item.uncertain_since ? doubtOf(item) : null,
    item.reading ? readingOf(item.reading, item.brain) : null,
    item.choices ? rightAnswerOf(item) : null,
  );
}

function whoOf(item) {
  const icons = { bot: "machine", notice: "machine", agent: "person" };
  return el("span", { class: "name" }, icons[item.from] ? icon(icons[item.from]) : null, item.name || say(`from.${item.from}`));
}

function contentOf(item) {
  if (item.deleted) return el("p", { class: "soft" }, say("item.deleted"));
  if (item.html !== null) return el("div", { class: "words rendered" }, rendered(item.html));
  const text = el("p", { class: "words", dir: "auto" }, item.text);
  if (item.pressed) text.prepend(el("span", { class: "soft" }, icon("check"), say("item.pressed"), " "));
  return item.text ? text : null;
}

function extrasOf(item) {
  const labels = item.buttons.map((button) => button.label || button.name).join(" · ");
  return [
    item.details.map(({ label, text }) => el("p", { class: "extra soft" }, `${label}: ${text}`)),
    item.attachments.map(fileOf),
    item.source ? el("p", { class: "extra soft" }, say("item.source", { title: item.source.title })) : null,
    labels ? el("p", { class: "extra soft" }, say("item.offered", { labels })) : null,
  ];
}

/** How it went: for what we said always, for customers' messages only where it needs a word. */
function stateOf(item) {
  const ours = item.from !== "customer";
  if (!ours && SILENT.has(item.state)) return null;
  const arrived = item.read ? "read" : item.delivered ? "delivered" : "sent";
  const name = item.state === "sent" ? arrived : item.state;
  const text = [say(`${ours ? "reply" : "message"}.${name}`), item.why].filter(Boolean).join(": ");
  const loud = item.state in MEANINGS;
  return el("p", { class: loud ? "state loud" : "state", "data-meaning": MEANINGS[item.state] }, loud ? icon("alert") : null, text);
}
