// What the browser keeps between visits: the key to the conversation, the draft, what is not sent yet.
// Where storage is forbidden everything works until the page is left.

const PREFIX = "frontline-chat";

export class Memory {
  #scope;
  #fallback = new Map();

  /** `origin` is the server's: chats of two companies on one page stay apart. */
  constructor(origin) {
    this.#scope = `${PREFIX}:${origin}:`;
  }

  get(name) {
    try {
      return JSON.parse(localStorage.getItem(this.#scope + name));
    } catch {
      return this.#fallback.get(name) ?? null;
    }
  }

  set(name, value) {
    if (value === null || value === undefined) return this.forget(name);
    try {
      localStorage.setItem(this.#scope + name, JSON.stringify(value));
    } catch {
      this.#fallback.set(name, value);
    }
  }

  forget(name) {
    this.#fallback.delete(name);
    try {
      localStorage.removeItem(this.#scope + name);
    } catch {
      // storage is forbidden: there was nothing to forget
    }
  }

  /** Messages not sent yet, oldest first. Each has a key of its own, so that two tabs never overwrite each other's. */
  unsent() {
    const start = `${this.#scope}unsent:`;
    const names = [...this.#fallback.keys()].filter((name) => name.startsWith("unsent:"));
    try {
      for (let index = 0; index < localStorage.length; index += 1) {
        const key = localStorage.key(index);
        if (key.startsWith(start)) names.push(key.slice(this.#scope.length));
      }
    } catch {
      // only what is in memory then
    }
    const entries = names.map((name) => this.get(name)).filter(Boolean);
    return entries.sort((one, other) => one.order - other.order);
  }

  keepUnsent(entry) {
    this.set(`unsent:${entry.client_id}`, entry);
  }

  forgetUnsent(entry) {
    this.forget(`unsent:${entry.client_id}`);
  }
}
