// What is told in passing: one sentence that goes by itself.

const SHOWN = 8000; // milliseconds
const toast = document.getElementById("toast");
let timer = 0;

/** Tell a sentence; `meaning` as with badges. */
export function tell(text, meaning = null) {
  toast.textContent = text;
  toast.dataset.meaning = meaning ?? "";
  toast.style.setProperty("--case-header", `${document.querySelector(".case-header").offsetHeight}px`);
  clearTimeout(timer);
  timer = setTimeout(() => (toast.textContent = ""), SHOWN);
}
