// The list of messages. Rows are kept by key and rebuilt only when what they show has changed, so nothing jumps or loses focus.

import { icon, make } from "./dom.js";
import { safeFragment } from "./markup.js";

const GROUP_WITHIN = 5 * 60_000; // ms

export class Messages {
  element = make("ol", { class: "messages" });
  #words;
  #actions;
  #rows = new Map();

  /** `actions`: choose(button, byKeyboard), retry(entry), discard(entry). */
  constructor(words, actions) {
    this.#words = words;
    this.#actions = actions;
  }

  draw(conversation) {
    const rows = this.#plan(conversation);
    const kept = new Map();
    let place = this.element.firstChild;
    for (const { key, facts, build } of rows) {
      const signature = JSON.stringify(facts);
      const known = this.#rows.get(key);
      const row = known?.signature === signature ? known : { signature, node: build() };
      if (row !== known) known?.node.replaceWith(row.node);
      if (known && place === known.node) place = row.node;
      if (row.node === place) place = place.nextSibling;
      else this.element.insertBefore(row.node, place);
      kept.set(key, row);
    }
    for (const [key, row] of this.#rows) if (!kept.has(key)) row.node.remove();
    this.#rows = kept;
  }

  /** The node that shows the item, if it is drawn. */
  nodeOf(item) {
    return this.#rows.get(keyOf(item))?.node;
  }

  #plan(conversation) {
    const items = conversation.inOrder();
    const known = new Set(items.map((item) => item.client_id).filter(Boolean));
    const pending = conversation.unsent.filter((entry) => !known.has(entry.client_id)).map(asItem);
    const all = markChoices([...items, ...pending]);
    const rows = [];
    all.forEach((item, index) => {
      const before = all[index - 1];
      const after = all[index + 1];
      if (!before || dayOf(before) !== dayOf(item)) rows.push(this.#dayRow(item));
      const facts = {
        item,
        begins: !before || !sameGroup(before, item),
        ends: !after || !sameGroup(item, after),
        last: item.from === "customer" && !all.slice(index + 1).some((later) => later.from === "customer"),
      };
      rows.push({ key: keyOf(item), facts, build: () => this.#build(facts) });
    });
    return rows;
  }

  #dayRow(item) {
    const day = this.#words.day(item.at);
    const build = () => make("li", { class: "day" }, make("span", {}, day));
    return { key: `day-${dayOf(item)}`, facts: day, build };
  }

  #build({ item, begins, ends, last }) {
    const row = make("li", { class: `row from-${item.from}${begins ? " begins" : ""}` });
    row.append(this.#sender(item, begins));
    const facts = { class: `bubble${item.deleted ? " deleted" : ""}`, lang: item.language };
    row.append(make("div", facts, this.#content(item), this.#source(item)));
    if (item.buttons.length) row.append(this.#choices(item));
    const meta = item.chosen ? this.#meta(item.chosen, true) : ends || item.entry || item.edited ? this.#meta(item, last) : "";
    row.append(meta);
    return row;
  }

  /** Heard for every message, seen where a group begins. */
  #sender(item, begins) {
    const words = this.#words;
    if (item.from === "customer") return make("p", { class: "visually-hidden" }, `${words.say("you")}:`);
    const kind = words.say(item.from === "agent" ? "person" : "machine");
    const mark = icon(item.from === "agent" ? "person" : "machine");
    return make("p", { class: begins ? "sender" : "visually-hidden" }, mark, make("b", {}, item.name), ` ${kind}`);
  }

  #content(item) {
    if (item.deleted) return make("p", {}, this.#words.say("deleted"));
    if (item.html) return make("div", { class: "formatted" }, safeFragment(item.html));
    return make("p", { class: "plain" }, item.text || this.#words.say("attachment"));
  }

  #source(item) {
    const { source } = item;
    if (!source) return "";
    const words = this.#words;
    const key = source.kind === "community" ? "source_community" : "source_faq";
    const label = words.say(key, { title: source.title, author: source.author });
    const votes = source.votes ? make("span", { class: "votes" }, words.count("source_votes", source.votes)) : null;
    const address = webAddress(source.url);
    const link = address
      ? make("a", { href: address, target: "_blank", rel: "noopener" }, label, hidden(` (${words.say("opens_new")})`))
      : label;
    return make("p", { class: "source" }, icon("link"), make("span", {}, link, votes));
  }

  #choices(item) {
    const words = this.#words;
    const group = make("div", { class: "choices", role: "group", "aria-label": words.say("choices") });
    for (const button of item.buttons) {
      if (item.used) {
        const chosen = sameButton(button, item.used);
        const label = chosen ? words.say("chose", { label: button.label }) : button.label;
        group.append(make("span", { class: chosen ? "choice chosen" : "choice unchosen" }, chosen ? icon("check") : null, label));
      } else {
        const press = (event) => this.#actions.choose(button, event.detail === 0);
        group.append(make("button", { type: "button", class: "choice button-quiet", click: press }, button.label));
      }
    }
    return group;
  }

  #meta(item, withState) {
    const words = this.#words;
    const meta = make("p", { class: "meta" });
    meta.append(make("time", { datetime: item.at, title: words.moment(item.at) }, words.time(item.at)));
    if (item.edited) meta.append(` · ${words.say("edited")}`);
    if (item.from !== "customer") return meta;
    const state = item.entry?.state;
    if (state === "refused") return this.#refused(meta, item.entry);
    const key = { sending: "sending", waiting: "waiting_to_send", later: "later" }[state];
    if (key || withState) meta.append(` · ${words.say(key ?? "sent")}`);
    return meta;
  }

  #refused(meta, entry) {
    const words = this.#words;
    const button = (key) => make("button", { type: "button", class: "link", click: () => this.#actions[key](entry) }, words.say(key));
    meta.classList.add("refused");
    meta.append(icon("alert"), words.say("not_sent"), " ", button("retry"), " ", button("discard"));
    return meta;
  }
}

function asItem(entry) {
  const { client_id, at, button } = entry;
  const text = button?.label || entry.text;
  return { position: null, from: "customer", name: "", at, text, button, buttons: [], source: null, client_id, entry: { ...entry } };
}

/** Note at each offer which button was pressed. Where the press follows at once, the offer itself shows it and its row is left out. */
function markChoices(items) {
  const shown = items.map((item) => ({ ...item }));
  const spared = new Set();
  shown.forEach((item, index) => {
    if (!item.button) return;
    const earlier = shown.slice(0, index).reverse();
    const offer = earlier.find((one) => !one.used && one.buttons.some((button) => sameButton(button, item.button)));
    if (!offer) return;
    offer.used = item.button;
    if (offer !== shown[index - 1]) return;
    offer.chosen = item;
    spared.add(item);
  });
  return shown.filter((item) => !spared.has(item));
}

function sameButton(one, other) {
  return one.name === other.name && one.value === other.value;
}

function keyOf(item) {
  return item.client_id && item.from === "customer" ? item.client_id : `position-${item.position}`;
}

function dayOf(item) {
  return new Date(item.at).toDateString();
}

function sameGroup(one, other) {
  const near = new Date(other.at) - new Date(one.at) < GROUP_WITHIN;
  return speaker(one) === speaker(other) && one.name === other.name && near && dayOf(one) === dayOf(other);
}

function speaker(item) {
  return item.from === "notice" ? "bot" : item.from;
}

function webAddress(address) {
  const url = URL.canParse(address, import.meta.url) ? new URL(address, import.meta.url) : null;
  return url && /^https?:$/.test(url.protocol) ? url.href : null;
}

function hidden(text) {
  return make("span", { class: "visually-hidden" }, text);
}
