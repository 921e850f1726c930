// Copies the server's HTML into nodes, tag by tag. The server has made it safe; this page belongs to somebody else, so we check again.

const TAGS = new Set(["P", "BR", "STRONG", "EM", "UL", "OL", "LI", "CODE", "A"]);
const LINKS = /^(https?:|mailto:|tel:)/i;

/** A fragment with the allowed parts of `html`; of anything else only the text. */
export function safeFragment(html) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  const fragment = document.createDocumentFragment();
  copyChildren(parsed.body, fragment);
  return fragment;
}

function copyChildren(from, to) {
  for (const node of from.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) to.append(node.data);
    else if (node.nodeType === Node.ELEMENT_NODE) copyElement(node, to);
  }
}

function copyElement(node, to) {
  if (!TAGS.has(node.tagName)) {
    to.append(node.textContent);
    return;
  }
  const copy = document.createElement(node.tagName);
  if (node.tagName === "A") copyLink(node, copy);
  if (node.tagName === "OL" && node.start !== 1) copy.start = node.start;
  copyChildren(node, copy);
  to.append(copy);
}

function copyLink(node, copy) {
  const address = node.getAttribute("href") ?? "";
  if (!LINKS.test(address)) return;
  copy.href = address;
  copy.target = "_blank";
  copy.rel = "noopener";
}
