// Single keys, for those who live here. They can be switched off (WCAG 2.1.4), and never act while somebody writes.

const OFF = "desk-keys-off";

/** Run `actions[key]` when that key is pressed. `box` is the switch. */
export function listenForKeys(actions, box) {
  box.checked = localStorage.getItem(OFF) === null;
  box.addEventListener("change", () => (box.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1")));
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const writing = event.target.closest("textarea, input, select");
    if (writing) {
      if (event.key === "Escape") writing.blur();
      return;
    }
    const action = actions[event.key.toLowerCase()];
    if (!action || !box.checked) return;
    event.preventDefault();
    action();
  });
}
