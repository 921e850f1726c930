// The left pane: cases by urgency, then by waiting time. The channel comes small and last.

import { arrange, el, icon } from "./elements.js";
import { since } from "./times.js";
import { channelName, languageName, say } from "./words.js";

const MEANINGS = { emergency: "urgent", high: "attention", normal: null, low: null };

/** The mark of a level of urgency: a shape and a word. */
export function urgencyMark(level) {
  return el("span", { class: "badge", "data-meaning": MEANINGS[level] }, say(`urgency.${level}`));
}

/** The queue in its pane. */
export class Queue {
  constructor(pane) {
    this.pane = pane;
    this.sections = null;
  }

  /** Show the queue as fetched; `open` is the case that is shown beside it. */
  show({ cases, closed, uncertain }, open) {
    this.sections ??= this.#frame();
    this.sections.uncertain.hidden = !uncertain;
    this.sections.uncertain.lastElementChild.textContent = say(uncertain === 1 ? "queue.uncertain.one" : "queue.uncertain.many", { n: uncertain });
    const mine = cases.filter((row) => row.state === "claimed" && row.mine);
    const waiting = cases.filter((row) => row.state === "waiting");
    const others = cases.filter((row) => row.state === "claimed" && !row.mine);
    for (const [name, rows] of Object.entries({ mine, waiting, others, closed })) {
      const { box, count, list } = this.sections[name];
      box.hidden = rows.length === 0 && name !== "waiting";
      count.textContent = String(rows.length);
      arrange(list, rows.map((row) => ({ key: String(row.id), data: [row, row.id === open], make: () => rowOf(row, open) })));
    }
    this.sections.empty.hidden = waiting.length > 0;
  }

  /** Move the focus by `step` rows; from the open case, or from the top. */
  move(step, open) {
    const rows = [...this.pane.querySelectorAll("a.case")].filter((row) => row.checkVisibility());
    const here = rows.findIndex((row) => row === document.activeElement);
    const start = here >= 0 ? here : rows.findIndex((row) => row.dataset.case === String(open));
    const next = start < 0 ? (step > 0 ? 0 : rows.length - 1) : start + step;
    rows[Math.min(rows.length - 1, Math.max(0, next))]?.focus();
  }

  /** The case whose row has the focus, if one has. */
  focused() {
    const row = document.activeElement?.closest("a.case");
    return row ? Number(row.dataset.case) : null;
  }

  #frame() {
    const sections = {};
    sections.uncertain = el("a", { class: "uncertain", href: "/desk/uncertain", hidden: true }, icon("alert"), el("span"));
    this.pane.replaceChildren(sections.uncertain);
    for (const name of ["mine", "waiting", "others", "closed"]) {
      const count = el("span", { class: "count" });
      const list = el("ul", { class: "rows" });
      const folded = name === "closed";
      const title = [say(`queue.${name}`), " ", count];
      const box = folded
        ? el("details", { class: "section" }, el("summary", { class: "section-title" }, title), list)
        : el("section", { class: "section" }, el("h2", { class: "section-title" }, title), list);
      sections[name] = { box, count, list };
      this.pane.append(box);
    }
    sections.empty = el("p", { class: "soft pad" }, say("queue.empty"));
    sections.waiting.box.append(sections.empty);
    return sections;
  }
}

function rowOf(row, open) {
  const active = row.state === "waiting" || row.state === "claimed";
  const where = [languageName(row.language), channelName(row.channel)].join(" · ");
  return el(
    "li",
    {},
    el(
      "a",
      { class: "case", href: `#case-${row.id}`, "data-case": row.id, "aria-current": row.id === open ? "true" : null },
      el(
        "span",
        { class: "case-top" },
        active ? urgencyMark(row.urgency) : el("span", { class: "soft" }, say(`state.${row.state}`)),
        active ? since(row.opened_at, "queue.waits_since") : since(row.closed_at, "queue.closed_at"),
      ),
      el("span", { class: "case-opening" }, row.opening || say("queue.no_words")),
      el(
        "span",
        { class: "case-last" },
        row.staff && !row.mine ? el("span", {}, say("queue.with", { name: row.staff })) : null,
        el("span", { class: "where" }, where),
      ),
    ),
  );
}
