// The desk's API. What is refused is thrown with the server's own sentence, or one that says what to do.

import { say } from "./words.js";

const WITHIN = 15_000;
const token = document.querySelector('meta[name="csrf-token"]').content;

/** A request that did not do what it should. `status` is 0 where the server was not reached; `confirm`: it does when it is told that this is meant. */
export class Refused extends Error {
  constructor(status, reason, confirm = false) {
    super(reason);
    this.status = status;
    this.confirm = confirm;
  }
}

/** Fetch and return JSON. */
export function get(path) {
  return ask(path, {});
}

/** Do something and return what the server says to it. */
export function post(path, body = {}) {
  const headers = { "X-CSRF-Token": token, "Content-Type": "application/json" };
  return ask(path, { method: "POST", headers, body: JSON.stringify(body) });
}

/** `fetch` one at a time; asked for again meanwhile, it runs once more after that. `failed` hears of errors, but not that the server is away. */
export function oneAtATime(fetch, failed) {
  let running = false;
  let again = false;
  return async () => {
    again = true;
    if (running) return;
    running = true;
    while (again) {
      again = false;
      try {
        await fetch();
      } catch (error) {
        if (error.status !== 0) failed(error); // that the server is away is told at the top already
      }
    }
    running = false;
  };
}

async function ask(path, options) {
  let response;
  let answer = null;
  try {
    response = await fetch(`/desk/api/${path}`, { ...options, signal: AbortSignal.timeout(WITHIN) });
    if (response.headers.get("Content-Type")?.startsWith("application/json")) answer = await response.json();
  } catch {
    throw new Refused(0, say("error.network"));
  }
  if (response.ok) return answer;
  throw new Refused(response.status, reasonOf(response.status, answer), answer?.confirm === true);
}

function reasonOf(status, answer) {
  if (status === 401) return say("live.out");
  if (status === 404) return say("error.gone");
  if (status === 403 && !answer) return say("error.stale");
  if (status >= 500 || !answer?.error) return say("error.server");
  return answer.error;
}
