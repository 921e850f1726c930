// What the form can do without: it says that it is being sent, and tells the page around it how high it is.

const form = document.querySelector("form[data-sending]");

form?.addEventListener("submit", (event) => {
  const button = form.querySelector("button");
  if (button.getAttribute("aria-disabled")) return event.preventDefault(); // the second press of a double click
  button.setAttribute("aria-disabled", "true");
  button.textContent = form.dataset.sending;
});

// The page comes back from the browser's memory as it was left.
addEventListener("pageshow", (event) => event.persisted && location.reload());

if (parent !== window) {
  const tell = () => parent.postMessage({ frontlineContact: document.body.getBoundingClientRect().height }, "*");
  new ResizeObserver(tell).observe(document.body);
}
