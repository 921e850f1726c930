// What the page was given with its first load: texts in the staff member's language, who they are, how long a reply may be, what makes a matter urgent.

const given = JSON.parse(document.getElementById("words").textContent);

export const language = given.language;
export const me = given.me;
export const maxReply = given.max;
export const reasons = given.reasons;

/** The text for `key` with its places filled; `otherwise` (else the key's last part) where there is none. */
export function say(key, places = {}, otherwise = key.slice(key.indexOf(".") + 1)) {
  const text = given.texts[key] ?? otherwise;
  return text.replace(/\{(\w+)\}/g, (whole, name) => places[name] ?? whole);
}

/** The name of a language, in the page's language. */
export function languageName(code) {
  if (!code) return say("language.unknown");
  return say(`language.${code}`, {}, code);
}

/** A channel's name as people know it. */
export function channelName(channel) {
  return say(`channel.${channel}`, {}, channel);
}
