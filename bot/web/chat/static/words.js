// The texts of one language, filled in; and times as people write them.

export class Words {
  #texts;
  #locale;

  constructor({ language, texts, company, bot }) {
    this.language = language;
    this.facts = { company, bot };
    this.#texts = texts;
    // the visitor's own habits of writing times, as far as they go with the language shown
    this.#locale = navigator.languages.find((code) => code.startsWith(language)) ?? language;
  }

  /** The text for `key` with its places filled; the key itself if there is no such text. */
  say(key, places = {}) {
    const known = { ...this.facts, ...places };
    return (this.#texts[key] ?? key).replace(/\{(\w+)\}/g, (place, name) => String(known[name] ?? place));
  }

  /** `key` for many, `key_one` for one. */
  count(key, n) {
    return this.say(n === 1 ? `${key}_one` : key, { n });
  }

  time(at) {
    return new Intl.DateTimeFormat(this.#locale, { timeStyle: "short" }).format(new Date(at));
  }

  moment(at) {
    return new Intl.DateTimeFormat(this.#locale, { dateStyle: "full", timeStyle: "short" }).format(new Date(at));
  }

  day(at) {
    const date = new Date(at);
    const days = Math.round((startOfDay(new Date()) - startOfDay(date)) / 86_400_000);
    if (days === 0) return this.say("today");
    if (days === 1) return this.say("yesterday");
    return new Intl.DateTimeFormat(this.#locale, { weekday: "long", day: "numeric", month: "long" }).format(date);
  }
}

function startOfDay(date) {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate());
}
