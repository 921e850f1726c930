// Files that customers sent: seen and heard in the conversation where a browser can, to be saved in any case.

import { el, icon } from "./elements.js";
import { viewPhoto } from "./photo.js";
import { say } from "./words.js";

const SHOWN = {
  image: ({ path, words }) => {
    const image = el("img", { loading: "lazy", decoding: "async", alt: say("attachment.view", { words }), src: path });
    return el("button", { class: "frame", type: "button", click: () => viewPhoto(path, words) }, image);
  },
  audio: ({ path, words }) => el("audio", { controls: true, preload: "none", "aria-label": words, src: path }),
  video: ({ path, words }) => el("video", { class: "frame", controls: true, preload: "none", "aria-label": words, src: path }),
};

/** A file as it is, or as it will be: what is still coming keeps its room, so that nothing moves when it is there. */
export function fileOf(file) {
  const { path, words, coming, note, late } = file;
  return el(
    "div",
    { class: "file", "data-kept": path || null },
    path ? shownOf(file) : coming ? el("p", { class: "awaited", "data-shown": file.shown }, note) : null,
    el("p", { class: "extra" }, icon("note"), path ? el("a", { href: path, download: "" }, words) : words),
    late || (note && !coming) ? el("p", { class: "extra soft" }, late || note) : null,
  );
}

/** Its picture or player; a sentence in its place where the browser cannot show it after all. */
function shownOf(file) {
  const shown = SHOWN[file.shown]?.(file);
  const fail = () => shown.replaceWith(el("p", { class: "extra soft" }, say("attachment.unplayable")));
  shown?.addEventListener("error", fail, true); // errors of a picture do not rise to its frame, but pass by it
  return shown;
}
