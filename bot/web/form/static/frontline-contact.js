// <frontline-contact>: the contact form in any page. Attribute: language (else the page's).

const BASE = new URL(import.meta.url).origin;
const LANGUAGES = { de: "Kontaktformular", en: "Contact form" };

/** The form in a frame that is as high as the form. */
export class FrontlineContact extends HTMLElement {
  #frame = null;
  #heard = (event) => {
    const height = Number(event.data?.frontlineContact);
    if (event.origin === BASE && event.source === this.#frame?.contentWindow && height > 0) {
      this.#frame.style.height = `${Math.ceil(height)}px`;
    }
  };

  connectedCallback() {
    addEventListener("message", this.#heard);
    if (this.#frame) return;
    const language = (this.getAttribute("language") || document.documentElement.lang || navigator.language).slice(0, 2);
    const known = language in LANGUAGES ? language : "de";
    this.#frame = document.createElement("iframe");
    this.#frame.src = `${BASE}/contact?embed=1&language=${known}`;
    this.#frame.title = LANGUAGES[known];
    this.#frame.style.cssText = "display:block;width:100%;height:56rem;border:0;color-scheme:normal";
    this.attachShadow({ mode: "open" }).append(this.#frame);
  }

  disconnectedCallback() {
    removeEventListener("message", this.#heard);
  }
}

if (!customElements.get("frontline-contact")) customElements.define("frontline-contact", FrontlineContact);
