"""How long a text is to X, and how much of it fits into a post.

X counts weights, not characters: its published configuration (twitter-text, config/v3.json) and
https://docs.x.com/fundamentals/counting-characters. Where X would have to know all the web's top-level domains or every emoji, this counts the
longer way, so that what fits here fits there.
"""

from __future__ import annotations

import re
import unicodedata

MAX_WEIGHT = 280
MAX_CLOSING = 80
LINK_WEIGHT = 23  # whatever a link's length: X replaces it by one of its own
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))  # code points that weigh 1; all others weigh 2
_EMOJI_WEIGHT = 2

LINK = re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?()'\]}…]")
_DOMAIN = re.compile(r"(?<![\w@./-])(?:[\w-]+\.)+[^\W\d_]{2,}(?![\w@])(?:/[^\s<>\"]*)?")
_PICTURE = "[\u2300-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]"
_TINT = "[\ufe0f\U0001f3fb-\U0001f3ff]*"
_EMOJI = re.compile(f"[\U0001f1e6-\U0001f1ff]{{2}}|[0-9#*]\ufe0f?\u20e3|{_PICTURE}{_TINT}(?:\u200d{_PICTURE}{_TINT})*")
_SENTENCE_END = re.compile(r"[.!?…](?=\s)|\n")


def weight(text: str) -> int:
    """The length of `text` as X counts it."""
    rest = unicodedata.normalize("NFC", text)
    total = 0
    for pattern, of in ((LINK, _of_link), (_DOMAIN, _of_domain), (_EMOJI, _of_emoji)):
        total += sum(of(found) for found in pattern.findall(rest))
        rest = pattern.sub("", rest)
    return total + _of_characters(rest)


def fitted(text: str, limit: int = MAX_WEIGHT) -> str:
    """`text` if it fits; else as many of its sentences as do, an ellipsis, its last link, which leads to the rest, and a short last paragraph, which says who speaks."""
    text = text.strip()
    if weight(text) <= limit:
        return text
    words, _, last = text.rpartition("\n\n")
    if not words or LINK.search(last) or weight(last) > MAX_CLOSING:
        words, last = text, ""
    links = LINK.findall(words)
    ending = "…" + (f"\n{links[-1]}" if links else "") + (f"\n\n{last}" if last else "")
    return _cut(LINK.sub("", words), limit - weight(ending)).rstrip(" .…:,;–-\n") + ending


def _cut(text: str, limit: int) -> str:
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if weight(text[:middle]) <= limit else (low, middle - 1)
    ends = [found.end() for found in _SENTENCE_END.finditer(text) if found.end() <= low]
    if ends and ends[-1] > low // 3:  # a very short beginning would look torn off
        return text[: ends[-1]].rstrip()
    return text[:low].rsplit(None, 1)[0] if " " in text[:low].strip() else text[:low]


def _of_link(_: str) -> int:
    return LINK_WEIGHT


def _of_domain(domain: str) -> int:
    return max(LINK_WEIGHT, _of_characters(domain))  # a link only where its end is a top-level domain


def _of_emoji(_: str) -> int:
    return _EMOJI_WEIGHT


def _of_characters(text: str) -> int:
    return sum(1 if any(low <= ord(one) <= high for low, high in _LIGHT) else 2 for one in text)
