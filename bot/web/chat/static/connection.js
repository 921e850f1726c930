// The live connection: says what comes in, and comes back by itself after every loss.

const FIRST_PAUSE = 500; // ms
const LONGEST_PAUSE = 30_000; // ms
const UNKNOWN_TOKEN = 4401;

/** Events: `frame` (detail: the frame), `state` (detail: idle, connecting, open, reconnecting, offline), `lost`, `unknown`. */
export class Connection extends EventTarget {
  #address;
  #hello = null;
  #socket = null;
  #timer = 0;
  #failures = 0;
  #state = "idle";
  #awake = () => this.#retryNow();
  #offline = () => this.#socket?.close();

  constructor(base) {
    super();
    this.#address = `${base.replace(/^http/, "ws")}/chat/api/live`;
  }

  get state() {
    return this.#state;
  }

  /** Connect and stay connected. `hello` makes the first frame of each attempt. */
  open(hello) {
    if (this.#hello) return;
    this.#hello = hello;
    addEventListener("online", this.#awake);
    addEventListener("offline", this.#offline);
    document.addEventListener("visibilitychange", this.#awake);
    this.#connect();
  }

  /** Hang up for good. */
  close() {
    this.#hello = null;
    clearTimeout(this.#timer);
    removeEventListener("online", this.#awake);
    removeEventListener("offline", this.#offline);
    document.removeEventListener("visibilitychange", this.#awake);
    this.#socket?.close();
    this.#socket = null;
    this.#failures = 0;
    this.#become("idle");
  }

  /** Send a frame if connected; frames are hints, a lost one does no harm. */
  tell(frame) {
    if (this.#state === "open") this.#socket.send(JSON.stringify(frame));
  }

  #connect() {
    clearTimeout(this.#timer);
    this.#become(this.#failures ? "reconnecting" : "connecting");
    const socket = new WebSocket(this.#address);
    this.#socket = socket;
    socket.addEventListener("open", () => socket.send(JSON.stringify(this.#hello())));
    socket.addEventListener("message", (event) => this.#receive(socket, event));
    socket.addEventListener("close", (event) => this.#closed(socket, event.code));
  }

  #receive(socket, event) {
    if (socket !== this.#socket) return;
    this.#failures = 0;
    this.#become("open");
    this.dispatchEvent(new CustomEvent("frame", { detail: JSON.parse(event.data) }));
  }

  #closed(socket, code) {
    if (socket !== this.#socket || !this.#hello) return;
    this.#socket = null;
    if (code === UNKNOWN_TOKEN) {
      this.close();
      this.dispatchEvent(new Event("unknown"));
      return;
    }
    this.#failures += 1;
    this.#become(navigator.onLine ? "reconnecting" : "offline");
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (this.#failures - 1));
    // spread, so that not all pages come back in the same moment after a restart
    this.#timer = setTimeout(() => this.#connect(), pause * (0.5 + Math.random() / 2));
    this.dispatchEvent(new Event("lost"));
  }

  #retryNow() {
    if (this.#socket || !this.#hello || document.visibilityState === "hidden") return;
    this.#connect();
  }

  #become(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: state }));
  }
}
