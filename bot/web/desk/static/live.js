// The live line: hints that something changed. It comes back by itself, and meanwhile the page looks for itself.

const SIGNED_OUT = 4401;
const FIRST_RETRY = 500;
const LAST_RETRY = 10_000;

/** Listen for ever. `onFrame(frame)`; `onState("on" | "off" | "out")`: "off" is told at each failed attempt. */
export function listen(onFrame, onState) {
  let retry = FIRST_RETRY;
  let timer = 0;
  let socket = null;

  function connect() {
    clearTimeout(timer);
    timer = 0;
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    socket = new WebSocket(`${scheme}//${location.host}/desk/api/live`);
    socket.addEventListener("open", () => {
      retry = FIRST_RETRY;
      onState("on");
    });
    socket.addEventListener("message", (event) => onFrame(JSON.parse(event.data)));
    socket.addEventListener("close", (event) => {
      if (event.code === SIGNED_OUT) {
        onState("out");
        return;
      }
      onState("off");
      timer = setTimeout(connect, retry * (0.75 + Math.random() / 2));
      retry = Math.min(LAST_RETRY, retry * 2);
    });
  }

  // a laptop that wakes up, or a network that is back, need not wait for the next try
  function hurry() {
    if (timer && document.visibilityState === "visible") connect();
  }

  addEventListener("online", hurry);
  document.addEventListener("visibilitychange", hurry);
  connect();
}
