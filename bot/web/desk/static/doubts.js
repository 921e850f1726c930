// Under a reply of which nobody knows whether it arrived: what an agent can say of it. The story hears that as "settle".

import { el } from "./elements.js";
import { say } from "./words.js";

const QUOTED = 80; // characters

/** Both ways to settle it. One can be taken once; who is refused gets them back by `detail.refused()`. */
export function doubtOf(item) {
  const words = item.text.length > QUOTED ? `${item.text.slice(0, QUOTED)}…` : item.text;
  const box = el("div", { class: "doubt" });
  const taken = (yes) => [...box.children].forEach((button) => button.setAttribute("aria-disabled", yes));
  const settle = (act, button) => {
    if (button.getAttribute("aria-disabled") === "true") return;
    taken(true);
    const detail = { reply: item.id, act, since: item.uncertain_since, refused: () => taken(false) };
    box.dispatchEvent(new CustomEvent("settle", { bubbles: true, detail }));
  };
  for (const act of ["send-again", "arrived"]) {
    const text = say(`act.${act}`);
    const click = (event) => settle(act, event.currentTarget);
    box.append(el("button", { class: "button-quiet", type: "button", "aria-label": `${text}: ${words}`, click }, text));
  }
  return box;
}
