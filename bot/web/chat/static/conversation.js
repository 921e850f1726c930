// The conversation as this page knows it: what was said, what is still to be sent, who has the word.

import { ApiError } from "./api.js";
import { Connection } from "./connection.js";

const OVERLAP = 60; // positions asked for again: a reply may become visible after later ones
const TYPING_LASTS = 8_000; // ms
const FIRST_PAUSE = 2_000; // ms
const LONGEST_PAUSE = 60_000; // ms

/** Events: `change` (anything to draw), `news` (detail: new items of others), `fault` (detail: key of a text). */
export class Conversation extends EventTarget {
  items = new Map();
  unsent = [];
  state = { owner: "bot", agent: null, waiting: false, language: null };
  typing = null;
  #api;
  #memory;
  #connection;
  #language;
  #flushing = false;
  #failures = 0;
  #timer = 0;
  #typingTimer = 0;
  #typingToldAt = 0;

  /** `language` is a function, for the visitor may change it. */
  constructor(base, api, memory, language) {
    super();
    this.#api = api;
    this.#memory = memory;
    this.#language = language;
    this.unsent = memory.unsent();
    this.#connection = new Connection(base);
    this.#connection.addEventListener("frame", (event) => this.#receive(event.detail));
    this.#connection.addEventListener("state", () => this.#connectionChanged());
    this.#connection.addEventListener("lost", () => this.#catchUp());
    this.#connection.addEventListener("unknown", () => this.#beginAnew());
  }

  get connection() {
    return this.#connection.state;
  }

  get begun() {
    return Boolean(this.#memory.get("token"));
  }

  /** Follow the conversation, if one has begun; send what is left from an earlier visit. */
  follow() {
    if (this.begun) this.#connection.open(() => ({ token: this.#memory.get("token"), after: this.#after() }));
    this.#flush();
  }

  leave() {
    clearTimeout(this.#timer);
    this.#connection.close();
  }

  /** Say something: {text} or {button}. It is kept until the server has it. */
  say(content) {
    const at = new Date();
    const last = this.unsent.at(-1)?.order ?? 0;
    const entry = { client_id: newId(), ...content, at: at.toISOString(), order: Math.max(at.getTime(), last + 1) };
    this.#memory.keepUnsent(entry);
    this.unsent.push({ ...entry, state: "sending" });
    this.#changed();
    this.#flush();
  }

  /** Try a refused entry again. */
  retry(clientId) {
    const entry = this.unsent.find((one) => one.client_id === clientId);
    if (!entry) return;
    entry.state = "sending";
    this.#changed();
    this.#flush();
  }

  discard(entry) {
    this.#settle(entry);
    this.#changed();
  }

  /** The visitor has seen everything there is. */
  seen() {
    const last = this.lastPosition();
    if (!last || last === this.#memory.get("seen")) return;
    this.#memory.set("seen", last);
    this.#connection.tell({ type: "seen", position: last });
  }

  unread() {
    const seen = this.#memory.get("seen") ?? 0;
    return this.inOrder().filter((item) => item.position > seen && item.from !== "customer").length;
  }

  /** Tell the desk that the visitor is writing, at most every few seconds. */
  tellTyping() {
    if (Date.now() - this.#typingToldAt < 3_000) return;
    this.#typingToldAt = Date.now();
    this.#connection.tell({ type: "typing" });
  }

  inOrder() {
    return [...this.items.values()].sort((one, other) => one.position - other.position);
  }

  /** Whether the other side has said anything. */
  get answered() {
    return [...this.items.values()].some((item) => item.from !== "customer");
  }

  lastPosition() {
    return Math.max(0, ...this.items.keys());
  }

  // --- coming in

  #after() {
    return Math.max(0, this.lastPosition() - OVERLAP);
  }

  #receive(frame) {
    if (frame.type === "typing") return this.#showTyping(frame.on ? frame.who : null);
    if (frame.type === "items") this.#take(frame);
  }

  #take({ items, state }) {
    const fresh = [];
    for (const item of items) {
      if (!this.items.has(item.position) && item.from !== "customer") fresh.push(item);
      this.items.set(item.position, item);
      const sent = item.client_id && this.unsent.find((entry) => entry.client_id === item.client_id);
      if (sent) this.#settle(sent);
    }
    this.state = state;
    if (fresh.length) this.#showTyping(null);
    this.#changed();
    if (fresh.length) this.dispatchEvent(new CustomEvent("news", { detail: fresh }));
  }

  #showTyping(who) {
    clearTimeout(this.#typingTimer);
    this.typing = who;
    if (who) this.#typingTimer = setTimeout(() => this.#showTyping(null), TYPING_LASTS);
    this.#changed();
  }

  /** Fetch over plain HTTP what a lost connection may have missed; some networks let no WebSocket through. */
  async #catchUp() {
    const token = this.#memory.get("token");
    if (!token || !navigator.onLine) return;
    try {
      this.#take(await this.#api.transcript(token, this.#after()));
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) this.#beginAnew();
    }
  }

  #connectionChanged() {
    if (this.connection === "open") {
      this.#failures = 0;
      this.#flush();
    }
    this.#changed();
  }

  // --- going out

  async #flush() {
    if (this.#flushing) return;
    this.#flushing = true;
    clearTimeout(this.#timer);
    try {
      let entry;
      while ((entry = this.unsent.find((one) => one.state !== "refused"))) {
        if (!(await this.#deliver(entry))) break;
      }
    } finally {
      this.#flushing = false;
    }
  }

  /** Send one entry; false if the rest must wait too. */
  async #deliver(entry) {
    try {
      const { client_id, text, button } = entry;
      const token = await this.#token();
      const { position } = await this.#api.send(token, button ? { client_id, button } : { client_id, text });
      this.#failures = 0;
      this.#settle(entry);
      const shown = { position, from: "customer", name: "", at: entry.at, text: button?.label || text, button };
      if (!this.items.has(position)) this.items.set(position, { ...shown, buttons: [], source: null, client_id });
      this.#changed();
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return this.#failed(entry, error);
    }
  }

  #failed(entry, error) {
    if (error.status === 401) {
      this.#beginAnew();
      return true;
    }
    if (!error.passing) {
      entry.state = "refused";
      this.#changed();
      return true;
    }
    entry.state = error.status ? "later" : "waiting";
    this.#failures += 1;
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (this.#failures - 1));
    this.#timer = setTimeout(() => this.#flush(), Math.max(pause, error.retryAfter * 1000));
    const fault = error.crowded ? "crowded" : error.status === 429 && "too_many";
    if (fault) this.dispatchEvent(new CustomEvent("fault", { detail: fault }));
    this.#changed();
    return false;
  }

  async #token() {
    const known = this.#memory.get("token"); // another tab may have begun meanwhile
    if (!known) this.#memory.set("token", (await this.#api.start(this.#language())).token);
    this.#connection.open(() => ({ token: this.#memory.get("token"), after: this.#after() }));
    return this.#memory.get("token");
  }

  /** The server does not know our key any more (erased, or another server): keep only what is still to be sent. */
  #beginAnew() {
    this.#connection.close();
    this.#memory.forget("token");
    this.#memory.forget("seen");
    this.items.clear();
    this.state = { owner: "bot", agent: null, waiting: false, language: null };
    this.dispatchEvent(new CustomEvent("fault", { detail: "begun_anew" }));
    this.#changed();
  }

  #settle(entry) {
    this.#memory.forgetUnsent(entry);
    this.unsent = this.unsent.filter((one) => one.client_id !== entry.client_id);
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

/** A random UUID; `crypto.randomUUID` exists on secure pages only. */
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
