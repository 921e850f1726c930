// The desk: fetches what the live line hints at, and gives each pane its part.

import { get, oneAtATime, post } from "./api.js";
import { Composer } from "./composer.js";
import { factsOf, whyOf } from "./context.js";
import { Story } from "./conversation.js";
import { forgetDrafts } from "./drafts.js";
import { el } from "./elements.js";
import { listenForKeys } from "./keys.js";
import { listen } from "./live.js";
import { PersonsControl } from "./persons.js";
import { Queue } from "./queue.js";
import { keepTime } from "./times.js";
import { tell } from "./toast.js";
import { UrgencyControl } from "./urgency.js";
import { say } from "./words.js";

const at = (id) => document.getElementById(id);
const panes = at("panes");
const title = document.title;
const queue = new Queue(at("queue"));
const story = new Story(at("story"), at("items"), at("news"));
const composer = new Composer(at("composer"), { send: reply, claim: () => act("claim") });
const urgency = new UrgencyControl(at("urgency"), (caseId, level, reason) => correct(caseId, "urgency", { level, reason }));

const persons = new PersonsControl(at("persons"), {
  link: (caseId, other) => correct(caseId, "link", { case: other }),
  unlink: (caseId, conversation) => correct(caseId, "unlink", { conversation }),
});

let openId = null;
let opened = null; // the open case as fetched last
let rows = null; // the queue as fetched last
let factsShown = "";
let typingTimer = 0;

// --- fetching --------------------------------------------------------------------------------------------

const refreshQueue = oneAtATime(async () => {
  const known = rows && new Set(rows.cases.map((row) => row.id));
  rows = await get("queue");
  queue.show(rows, openId);
  const waiting = rows.cases.filter((row) => row.state === "waiting");
  document.title = waiting.length ? `(${waiting.length}) ${title}` : title;
  const news = known && waiting.find((row) => !known.has(row.id));
  if (news) tell(say("news.case", { urgency: say(`urgency.${news.urgency}`) }));
}, failed);

const refreshCase = oneAtATime(async () => {
  const wanted = openId;
  if (wanted === null) return;
  const view = await get(`cases/${wanted}`);
  if (wanted === openId) showCase(view);
}, failed);

function showCase(view) {
  opened = view;
  const row = view.case;
  at("nothing-open").hidden = true;
  at("open-case").hidden = false;
  at("about").hidden = false;
  at("case-title").textContent = row.opening || say("queue.no_words");
  showFacts(view);
  urgency.show(row);
  persons.show(row.id, view.linked);
  composer.show(row, view.conversation);
  showActions(row);
  story.show(row.id, view.items, view.events);
}

/** Only when something changed: an agent may just be copying a number from there. */
function showFacts(view) {
  const facts = JSON.stringify([view.case, view.conversation, view.under_way]);
  if (facts === factsShown) return;
  factsShown = facts;
  at("why").replaceChildren(...whyOf(view));
  at("facts").replaceChildren(...factsOf(view).filter(Boolean));
}

function showActions(row) {
  const mine = row.state === "claimed" && row.mine;
  const place = at("actions");
  if (Boolean(place.childElementCount) === mine) return;
  const button = (name, key) =>
    el("button", { class: "button-quiet", type: "button", click: () => act(name), "aria-keyshortcuts": key }, say(`act.${name}`), el("kbd", {}, key.toUpperCase()));
  place.replaceChildren(...(mine ? [button("resolve", "e"), button("back", "b")] : []));
}

// --- acting ----------------------------------------------------------------------------------------------

async function act(name) {
  if (openId === null) return;
  const caseId = openId;
  if (name !== "claim" && composer.unsent()) {
    if (!(await leaveDraft())) return;
    composer.discard();
  }
  try {
    const view = await post(`cases/${caseId}/${name}`);
    if (caseId === openId) showCase(view);
    tell(say(`done.${view.case.state}`));
    if (name === "claim") composer.focus();
  } catch (error) {
    failed(error);
    refreshCase();
  }
  refreshQueue();
}

/** Ask whether an unsent draft may go. */
function leaveDraft() {
  const dialog = at("unsent");
  dialog.returnValue = "stay";
  dialog.showModal();
  return new Promise((done) => dialog.addEventListener("close", () => done(dialog.returnValue === "go"), { once: true }));
}

async function reply(caseId, text, clientId, confirmed) {
  try {
    await post(`cases/${caseId}/reply`, { client_id: clientId, text, confirmed });
  } finally {
    refreshCase();
  }
  story.toEnd();
}

/** Set right what the bot got wrong. Whoever sees a case may. */
async function correct(caseId, what, body) {
  try {
    const view = await post(`cases/${caseId}/${what}`, body);
    if (caseId === openId) showCase(view);
    tell(say(`done.${what}`));
  } catch (error) {
    failed(error);
  }
  refreshQueue();
}

/** Settle what became of a reply that may have arrived. Whoever sees it may. */
async function settle({ reply, act, since, refused }) {
  try {
    tell((await post(`replies/${reply}/${act}`, { since })).told);
  } catch (error) {
    refused();
    failed(error);
  }
  refreshCase();
  refreshQueue();
}

function chooseUrgency() {
  if (opened?.case.id !== openId) return;
  if (!at("context").checkVisibility()) at("show-context").click();
  urgency.open();
}

function mayClaim() {
  return opened?.case.id === openId && opened.case.free;
}

function mayAct() {
  return opened?.case.id === openId && opened.case.state === "claimed" && opened.case.mine;
}

function failed(error) {
  if (error.status === 401) connection("out");
  else if (error.status !== undefined) tell(error.message, "urgent");
  else throw error;
}

// --- what is open is told by the address, so that "back" works and a case can be linked ---------------------

function openFromAddress() {
  const found = /^#case-(\d{1,15})$/.exec(location.hash);
  const before = openId;
  openId = found ? Number(found[1]) : null;
  panes.dataset.view = openId === null ? "queue" : "conversation";
  if (rows) queue.show(rows, openId);
  typing(false);
  if (openId === null) {
    opened = null;
    at("nothing-open").hidden = false;
    at("open-case").hidden = true;
    at("about").hidden = true;
    factsShown = "";
  } else if (openId !== before) refreshCase();
}

function typing(on) {
  clearTimeout(typingTimer);
  at("typing").textContent = on ? say("news.typing") : "";
  if (on) typingTimer = setTimeout(() => typing(false), 5000);
}

function connection(state) {
  const place = at("connection");
  place.dataset.state = state;
  place.replaceChildren(say(`live.${state}`));
  if (state === "out") place.append(" ", el("a", { href: `/sign-in?next=${encodeURIComponent("/desk")}` }, say("live.sign_in")));
  if (state !== "out") {
    refreshQueue();
    refreshCase();
  }
}

function onFrame({ type, id }) {
  const shown = opened?.case.id === openId ? opened.conversation.id : id; // not known yet: then it may be this one
  if (type === "queue") refreshQueue();
  else if ((type === "case" && id === openId) || (type === "conversation" && id === shown)) {
    typing(false);
    refreshCase();
  } else if (type === "typing" && id === openId) typing(true);
}

// --- begin -----------------------------------------------------------------------------------------------

addEventListener("hashchange", () => {
  openFromAddress();
  if (openId !== null) at("story").focus({ preventScroll: true });
});
at("story").addEventListener("right-answer", (event) => correct(openId, "right-answer", event.detail));
at("story").addEventListener("settle", (event) => settle(event.detail));
at("show-keys").addEventListener("click", () => at("keys").showModal());
at("show-context").addEventListener("click", () => {
  panes.dataset.view = "context";
  at("hide-context").focus();
});
at("hide-context").addEventListener("click", () => {
  panes.dataset.view = "conversation";
  at("show-context").focus();
});
at("sign-out").addEventListener("submit", forgetDrafts);
listenForKeys(
  {
    j: () => queue.move(1, openId),
    k: () => queue.move(-1, openId),
    c: () => mayClaim() && act("claim"),
    r: () => mayAct() ? composer.focus() : tell(say("conflict.claim_first")),
    e: () => mayAct() && act("resolve"),
    b: () => mayAct() && act("back"),
    u: chooseUrgency,
    "?": () => at("keys").showModal(),
  },
  at("keys-on"),
);
keepTime();
openFromAddress();
listen(onFrame, connection);
