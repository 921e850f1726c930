// Times: relative where waiting counts, the clock in conversations, the whole date on hover.

import { el } from "./elements.js";
import { language, say } from "./words.js";

const TICK = 15_000;
const whole = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "short" });
const clock = new Intl.DateTimeFormat(language, { timeStyle: "short" });
const dated = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

/** The time since `iso` as numbers with units, put into the text `words`. */
function lasts(iso, words = "time.lasts") {
  const minutes = Math.floor(Math.max(0, Date.now() - Date.parse(iso)) / 60_000);
  const hours = Math.floor(minutes / 60);
  if (minutes < 1) return say("time.now");
  let time = say("time.days", { n: Math.floor(hours / 24), m: hours % 24 });
  if (minutes < 60) time = say("time.minutes", { n: minutes });
  else if (hours < 24) time = say("time.hours", { n: hours, m: minutes % 60 });
  return say(words, { time });
}

/** How long something has lasted, going on by itself. `words` (a text key with {time}) is shown on hover with the whole date. */
export function since(iso, words) {
  return el("time", { datetime: iso, title: say(words, { time: whole.format(new Date(iso)) }), "data-since": "time.lasts" }, lasts(iso));
}

/** How long ago something happened, going on by itself. */
export function past(iso) {
  return el("time", { datetime: iso, title: whole.format(new Date(iso)), "data-since": "time.ago" }, lasts(iso, "time.ago"));
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
      const text = lasts(element.dateTime, element.dataset.since);
      if (element.textContent !== text) element.textContent = text;
    }
  }, TICK);
}
