// The transcript as a text file.

/** Offer everything said so far as a download. */
export function saveTranscript(items, words) {
  const now = new Date();
  const title = words.say("transcript_title");
  const lines = [title, words.moment(now), "", ...items.flatMap((item) => entry(item, words))];
  const blob = new Blob([lines.join("\n")], { type: "text/plain;charset=utf-8" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = words.say("transcript_file", { date: now.toISOString().slice(0, 10) });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function entry(item, words) {
  const who = item.from === "customer" ? words.say("you") : item.name;
  const text = item.deleted ? words.say("deleted") : item.text;
  const choices = item.buttons.map((button) => `  [${button.label}]`);
  const source = item.source ? [`  ${item.source.title}: ${item.source.url}`] : [];
  return [`${words.moment(item.at)} – ${who}:`, text, ...choices, ...source, ""];
}
