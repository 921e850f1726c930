// The chat's HTTP doors. Everything that goes wrong comes out as one ApiError.

const PATIENCE = 15_000; // ms

export class ApiError extends Error {
  /** `status` is 0 where no answer came at all, `retryAfter` in seconds; `crowded`: so many messages wait that no more are taken. */
  constructor(status, message, { retryAfter = 0, crowded = false } = {}) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
    this.crowded = crowded;
  }

  /** True if the same request may well succeed later. */
  get passing() {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

export class Api {
  #base;

  constructor(base) {
    this.#base = base;
  }

  config(language) {
    return this.#ask("GET", `config?${new URLSearchParams({ language })}`);
  }

  start(language) {
    return this.#ask("POST", "start", { body: { language } });
  }

  send(token, message) {
    return this.#ask("POST", "messages", { token, body: message });
  }

  transcript(token, after) {
    return this.#ask("GET", `transcript?after=${after}`, { token });
  }

  async #ask(method, door, { token, body } = {}) {
    const headers = {};
    if (token) headers.Authorization = `Bearer ${token}`;
    if (body) headers["Content-Type"] = "application/json";
    let response;
    let answer;
    try {
      response = await fetch(`${this.#base}/chat/api/${door}`, {
        method,
        headers,
        body: body && JSON.stringify(body),
        credentials: "omit",
        signal: AbortSignal.timeout(PATIENCE),
      });
      answer = await response.json();
    } catch (error) {
      throw new ApiError(response?.ok === false ? response.status : 0, error.message);
    }
    if (!response.ok) {
      const retryAfter = Number(response.headers.get("Retry-After")) || 0;
      throw new ApiError(response.status, answer.error ?? "", { retryAfter, crowded: answer.crowded });
    }
    return answer;
  }
}
