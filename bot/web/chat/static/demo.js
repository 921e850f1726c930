// Sample questions open the chat with the question ready to be sent.

for (const button of document.querySelectorAll("[data-ask]")) {
  button.addEventListener("click", () => document.querySelector("frontline-chat")?.ask(button.dataset.ask));
}
