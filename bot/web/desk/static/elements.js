// Building and arranging elements. Text only ever becomes a text node: what customers write is never markup here.

const SVG = "http://www.w3.org/2000/svg";

/** An element with attributes (false and null are left out, functions are listeners) and children (strings become text). */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name, value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** An icon of the shared sprite. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `/static/shared/icons.svg#${name}`);
  svg.append(use);
  return svg;
}

/** A small bar for a share between 0 and 1; the number stands beside it, so it is for the eye only. */
export function bar(share) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "bar");
  svg.setAttribute("viewBox", "0 0 100 8");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  const filled = document.createElementNS(SVG, "rect");
  filled.setAttribute("width", String(Math.round(Math.min(1, Math.max(0, share)) * 100)));
  filled.setAttribute("height", "8");
  svg.append(filled);
  return svg;
}

/** The server's own rendering of an answer's Markdown (bot/channels/markup.py: an allow-list of tags). Never for customers' words. */
export function rendered(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

const signatures = new WeakMap();
const FOCUSABLE = "a, button, input, summary";

/**
 * Make `list` show `wanted`: [{key, data, make}]. What did not change stays the very same element; what changed is made anew with
 * its folds open as they were, and with those of its parts that stay (`data-kept` names them), so that what plays goes on; focus stays where it
 * was, even when rows change places.
 */
export function arrange(list, wanted) {
  const focused = list.contains(document.activeElement) ? document.activeElement : null;
  const old = new Map([...list.children].map((child) => [child.dataset.key, child]));
  let cursor = list.firstElementChild;
  let refocus = focused;
  for (const { key, data, make } of wanted) {
    const signature = JSON.stringify(data);
    let element = old.get(key);
    old.delete(key);
    if (!element || signatures.get(element) !== signature) {
      const fresh = make();
      fresh.dataset.key = key;
      signatures.set(fresh, signature);
      if (element) {
        refocus = takeOver(element, fresh, refocus);
        if (cursor === element) cursor = fresh;
        element.replaceWith(fresh);
      }
      element = fresh;
    }
    if (element === cursor) cursor = cursor.nextElementSibling;
    else list.insertBefore(element, cursor);
  }
  for (const gone of old.values()) gone.remove();
  if (refocus && refocus !== document.activeElement && refocus.isConnected) refocus.focus({ preventScroll: true });
}

/** Carry folds, parts that stay and focus from an element to the one that replaces it; returns what is to have the focus. */
function takeOver(before, after, focused) {
  const stay = new Map([...before.querySelectorAll("[data-kept]")].map((part) => [part.dataset.kept, part]));
  for (const part of after.querySelectorAll("[data-kept]")) {
    if (stay.has(part.dataset.kept)) part.replaceWith(stay.get(part.dataset.kept)); // a player stops only if it is still away after this task
  }
  const folds = after.querySelectorAll("details");
  before.querySelectorAll("details").forEach((fold, index) => {
    if (folds[index]) folds[index].open = fold.open;
  });
  if (!focused || !before.contains(focused)) return focused;
  const place = [...before.querySelectorAll(FOCUSABLE)].indexOf(focused);
  const fresh = [...after.querySelectorAll(FOCUSABLE)];
  const alike = fresh.find((one) => one.tagName === focused.tagName && one.textContent === focused.textContent); // a file that has come stands before it
  if (alike ?? fresh[place]) return alike ?? fresh[place];
  after.tabIndex = -1; // what had the focus is gone: its place is told, and one goes on from there
  return after;
}
