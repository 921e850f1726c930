"""Cleaning and folding: what a customer typed becomes tokens that forgive umlauts, stretching and typography.

All functions accept any `str`, also lone surrogates, and take time linear in the bounded length.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from nlu.remembering import remembered

MAX_LENGTH = 4000
"""Characters that are looked at; of longer texts the beginning and the end are kept."""

LAST_TEXTS = 16
"""How many texts are kept taken apart, for all who look at the same message."""

_TAIL = 1000
_LINK = re.compile(r"(?:https?://|www\.)\S{1,300}", re.IGNORECASE)
_MAIL = re.compile(r"\b[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{2,64}")
_DIGIT = re.compile(r"\d")
_NUMBER = re.compile(r"(?<!\w)\+?\d[\d /()-]{6,24}\d(?!\w)")
_STRETCHED_VOWEL = re.compile(r"([aeiouyäöü])\1{2,}")
_STRETCHED = re.compile(r"([^\W\d])\1{2,}")
_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:\d+[^\W\d_]*)?|[\U0001F300-\U0001FAFF☀-➿]")
_UMLAUT_DIGRAPH = re.compile(r"(?<![aeoq])([aou])e")
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'", "„": '"', "“": '"', "”": '"'})


def clean(text: str) -> str:
    """The text made safe: bounded, no lone surrogates, one form of each character, runs of blanks joined."""
    if len(text) > MAX_LENGTH:
        text = f"{text[: MAX_LENGTH - _TAIL - 1]} {text[-_TAIL:]}"
    text = text.encode("utf-8", "ignore").decode("utf-8")
    text = unicodedata.normalize("NFKC", text).translate(_APOSTROPHES)
    text = "".join(c if c.isprintable() else " " if c.isspace() else "" for c in text)
    return " ".join(text.split())[:MAX_LENGTH]


def mask(text: str) -> str:
    """Replace links, mail addresses and long numbers by placeholders: their digits are no evidence of a topic."""
    if "." in text or "//" in text:
        text = _LINK.sub(" xlink ", text)
    if "@" in text:
        text = _MAIL.sub(" xmail ", text)
    return _NUMBER.sub(" xnumber ", text) if _DIGIT.search(text) else text


@remembered
def fold(word: str) -> str:
    """Fold a lower-case word so that `ä`, `ae` and `a` are one, accents are gone and `ß` is `ss`.

    Digraphs after a vowel or q (`neue`, `quelle`) are no umlauts and stay.
    """
    if not word.isascii():
        word = "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))
    return _UMLAUT_DIGRAPH.sub(r"\1", word)


def unstretch(text: str) -> str:
    """Shorten stretched letters: `hiiiilfe` → `hilfe`, `bittttte` → `bitte`."""
    if not _STRETCHED.search(text):
        return text
    return _STRETCHED.sub(r"\1\1", _STRETCHED_VOWEL.sub(r"\1", text))


def tokens(text: str) -> list[str]:
    """Folded lower-case tokens of a cleaned text: words, numbers, and each emoji by itself."""
    return list(_tokens(text))


@lru_cache(maxsize=LAST_TEXTS)
def _tokens(text: str) -> tuple[str, ...]:
    lowered = unstretch(mask(text).casefold())
    return tuple([fold(token) for token in _TOKEN.findall(lowered.replace("'", ""))])
