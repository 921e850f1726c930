// Drafts survive a reload and an error. They stay in this tab and go when the agent signs out.

import { me } from "./words.js";

const PREFIX = "desk-draft:";
const keyOf = (caseId) => `${PREFIX}${me}:${caseId}`;

/** What was written in a case and not sent yet. */
export function draftOf(caseId) {
  return read(caseId).text;
}

/** Keep what is being written. */
export function keepDraft(caseId, text) {
  if (!text) sessionStorage.removeItem(keyOf(caseId));
  else sessionStorage.setItem(keyOf(caseId), JSON.stringify({ ...read(caseId), text }));
}

/** The id under which this very text is sent: the same again after an error, so that a reply that did arrive is not doubled. */
export function clientIdFor(caseId, text) {
  const draft = read(caseId);
  if (draft.sent === text && draft.clientId) return draft.clientId;
  const clientId = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  sessionStorage.setItem(keyOf(caseId), JSON.stringify({ text, sent: text, clientId }));
  return clientId;
}

/** Forget all drafts of this tab. */
export function forgetDrafts() {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(PREFIX)) sessionStorage.removeItem(key);
}

function read(caseId) {
  try {
    const draft = JSON.parse(sessionStorage.getItem(keyOf(caseId)));
    return { text: "", sent: null, clientId: null, ...draft };
  } catch {
    return { text: "", sent: null, clientId: null };
  }
}
