// Under a customer's question, folded: which answer would have been right. Whoever chooses is told to the story as "right-answer".

import { get } from "./api.js";
import { el, icon } from "./elements.js";
import { say } from "./words.js";

const SEARCH_AFTER = 250; // milliseconds without a key

/** The fold for one message. */
export function rightAnswerOf(item) {
  const said = item.right_answer;
  const fold = el("details", { class: "correcting" }, el("summary", {}, glance(said)));
  const choose = (answer) => {
    fold.firstElementChild.focus();
    fold.open = false;
    fold.dispatchEvent(new CustomEvent("right-answer", { bubbles: true, detail: { message: item.id, answer } }));
  };
  const found = el("ul", { class: "choices", "aria-live": "polite" });
  const known = said?.answer_id && !item.choices.some((one) => one.answer_id === said.answer_id) ? [said, ...item.choices] : item.choices;
  const none = { answer_id: null, title: say("right.none") };
  const list = el("ul", { class: "choices" }, [...known, none].map((one) => choice(one, said, choose)));
  fold.append(el("div", { class: "correcting-form" }, list, search(found, said, choose), found));
  return fold;
}

function glance(said) {
  if (!said) return say("right.ask");
  const title = said.title ?? say("right.none");
  return [say("right.is", { title }), el("span", { class: "soft" }, ` · ${said.staff}`)];
}

function choice(one, said, choose) {
  const pressed = said !== null && said.answer_id === one.answer_id;
  const button = el("button", { class: "choice", type: "button", "aria-pressed": String(pressed), click: () => choose(one.answer_id) });
  button.append(...(pressed ? [icon("check"), " "] : []), one.title);
  return el("li", {}, button);
}

function search(list, said, choose) {
  let timer = 0;
  const field = el("input", { type: "search", maxlength: 200, autocomplete: "off" });
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const words = field.value.trim();
      const { answers } = words ? await get(`answers?q=${encodeURIComponent(words)}`).catch(() => ({ answers: [] })) : { answers: null };
      if (field.value.trim() !== words) return; // somebody has written on
      const lines = answers?.length ? answers.map((one) => choice(one, said, choose)) : answers && [el("li", { class: "soft" }, say("right.nothing"))];
      list.replaceChildren(...(lines ?? []));
    }, SEARCH_AFTER);
  });
  return el("label", {}, say("right.search"), field);
}
