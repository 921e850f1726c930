"""What a mail is about, without what mail programs and we have put around it."""

from __future__ import annotations

import re

from bot.channels.mail.references import References

_ANSWERING = re.compile(r"^((re|aw|antw|antwort|fwd?|wg)(\[\d+\])?:\s*)+", re.IGNORECASE)
_TAG = re.compile(r"\[?\b[A-Z]{2,4}(-[0-9A-Z]{4}){4}\b\]?", re.IGNORECASE)


def bare(subject: str, references: References) -> str:
    """`subject` on one line, without "Re:" and the like, and without references of ours."""
    without = _TAG.sub(lambda found: "" if references.find(found[0]) else found[0], subject)
    return _ANSWERING.sub("", " ".join(without.split())).strip()
