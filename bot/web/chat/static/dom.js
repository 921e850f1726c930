// Building nodes. Text goes in as text only; there is no way to pass HTML here.

const SVG = "http://www.w3.org/2000/svg";

// The shapes of /static/shared/icons.svg that the chat needs: a sprite cannot be used across origins.
const ICONS = {
  chat: "M4 5h16v11h-9l-5 4v-4H4zM8 9h8M8 12h5",
  send: "M12 19V5M6 11l6-6 6 6",
  close: "M6 6l12 12M18 6L6 18",
  more: "M5 11.5v1M12 11.5v1M19 11.5v1",
  down: "M6 9l6 6 6-6",
  save: "M12 4v11M7 11l5 5 5-5M5 20h14",
  check: "M5 12.5l4.5 4.5L19 7",
  clock: "M12 4a8 8 0 1 0 .01 0M12 7.5V12l3 2",
  alert: "M12 4l9 16H3zM12 10v4M12 17v.01",
  person: "M12 4a4 4 0 1 0 .01 0M4.5 20c1-4 4-6 7.5-6s6.5 2 7.5 6",
  machine: "M5 8h14v11H5zM12 8V4M9.5 12v2M14.5 12v2",
  link: "M13 5h6v6M19 5l-9 9M16 14v5H5V8h5",
};

/** An element: `make("a", {class: "x", href: "…"}, child, "text")`. Functions become listeners; null and false are left out. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name, value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** A decorative icon; the words beside it carry the meaning. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}
