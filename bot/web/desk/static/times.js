// Times: relative where waiting counts, the clock in conversations, the whole date on hover.

import { el } from "./elements.js";
import { language, say } from "./words.js";

const TICK = 15_000;
const whole = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "short" });
const clock = new Intl.DateTimeFormat(language, { timeStyle: "short" });
const dated = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

/** How long ago, as a number with its unit. */
export function ago(iso, at = Date.now()) {
  const minutes = Math.floor(Math.max(0, at - Date.parse(iso)) / 60_000);
  if (minutes < 1) return say("time.now");
  if (minutes < 60) return say("time.minutes", { n: minutes });
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return say("time.hours", { n: hours, m: minutes % 60 });
  return say("time.days", { n: Math.floor(hours / 24), m: hours % 24 });
}

/** A time that says how long ago it is, and goes on saying it. `words` (a text key with {time}) is read out and shown on hover. */
export function since(iso, words = null) {
  const absolute = whole.format(new Date(iso));
  const title = words ? say(words, { time: absolute }) : absolute;
  return el("time", { datetime: iso, title, "data-since": true }, ago(iso));
}

/** A time of day; with its date if it was not today. */
export function moment(iso) {
  const at = new Date(iso);
  const today = at.toDateString() === new Date().toDateString();
  return el("time", { datetime: iso, title: whole.format(at) }, (today ? clock : dated).format(at));
}

/** Keep all relative times on the page right. */
export function keepTime() {
  setInterval(() => {
    for (const element of document.querySelectorAll("time[data-since]")) {
      const text = ago(element.dateTime);
      if (element.textContent !== text) element.textContent = text;
    }
  }, TICK);
}
