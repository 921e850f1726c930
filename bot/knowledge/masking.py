"""What identifies a person is taken out of texts before they are learned from. What is left is read like the original.

Numbers keep their shape with zeros for digits, addresses become one of nobody: so understanding sees the same kinds of things in the same places. Names
cannot be told from other words and stay.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 4000
"""Characters that are kept; understanding looks at no more."""
_FROM = 5
"""So many digits belonging together may tell who somebody is."""
_MAIL, _LINK = "mail@example.org", "https://example.org"
_BLANKS = re.compile(r"(\s+)")
_DIGIT = re.compile(r"\d")
_LINKED = re.compile(r"https?:|www\.|t\.me/", re.IGNORECASE)
_RUN = re.compile(rf"\d(?:[^\w\n]{{0,3}}\d){{{_FROM - 1},}}")
_IN_WORD = re.compile(rf"\d(?:[^\s\d]*\d){{{_FROM - 1},}}")
_AT_WORD = re.compile(r"[(\[{]\s{0,3}(?:at|ät)\s{0,3}[)\]}]", re.IGNORECASE)
_AT = re.compile(
    rf"\s{{0,3}}{_AT_WORD.pattern}\s{{0,3}}|\s{{0,3}}@\s{{1,3}}|\s{{1,3}}@(?=[^\s@]{{1,64}}\.)", re.IGNORECASE
)


def masked(text: str) -> str:
    """The text without e-mail addresses, links, phone and account numbers; linear in its length."""
    text = unicodedata.normalize("NFKC", text)
    if not text.isprintable():
        text = "".join(c for c in text if c.isprintable() or c.isspace())
    if "@" in text or _AT_WORD.search(text) or _LINKED.search(text):
        text = "".join(map(_masked_word, _BLANKS.split(_AT.sub("@", text))))
    if _DIGIT.search(text):
        text = _RUN.sub(_zeros, _IN_WORD.sub(_zeros, text))
    return text[:LONGEST]


def _masked_word(word: str) -> str:
    if "@" in word and len(word) > 1:
        return _MAIL
    return _LINK if _LINKED.search(word) else word


def _zeros(found: re.Match[str]) -> str:
    return _DIGIT.sub("0", found.group())
