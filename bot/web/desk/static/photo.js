// A photo, as large as the window or as large as it is.

const dialog = document.getElementById("photo");
const room = document.getElementById("photo-room");
const image = document.getElementById("photo-itself");
const whole = document.getElementById("photo-whole");

/** Open the photo at `path`; `words` say what it is. */
export function viewPhoto(path, words) {
  document.getElementById("photo-title").textContent = words;
  show(false);
  whole.hidden = true;
  image.alt = words;
  image.src = path;
  dialog.showModal();
}

function show(inFullSize) {
  whole.setAttribute("aria-pressed", inFullSize);
  room.classList.toggle("whole", inFullSize);
}

image.addEventListener("load", () => {
  whole.hidden = image.naturalWidth <= room.clientWidth && image.naturalHeight <= room.clientHeight;
});
whole.addEventListener("click", () => show(!room.classList.contains("whole")));
dialog.addEventListener("click", (event) => event.target === dialog && dialog.close()); // beside it
dialog.addEventListener("close", () => image.removeAttribute("src"));
