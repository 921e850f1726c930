"""Splits a text that is longer than a channel takes, at the kindest place there is."""

from __future__ import annotations

import re

from bot.channels.base import TextUnit
from bot.errors import DeliveryError

_BREAKS = (re.compile(r"\n\s*\n"), re.compile(r"\n"), re.compile(r"(?<=[.!?…])\s+"), re.compile(r"\s+"))


def split(text: str, limit: int, unit: TextUnit = TextUnit.CHARS) -> list[str]:
    """Parts of `text`, each at most `limit` in `unit`: cut between paragraphs, else lines, sentences, words, else anywhere."""
    parts = []
    rest = text.strip()
    while unit.measure(rest) > limit:
        cut = _cut(rest, limit, unit)
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*parts, rest] if rest else parts


def after_parts(failure: DeliveryError, sent: int, parts: int) -> DeliveryError:
    """The failure of a reply of several `parts` of which `sent` have arrived.

    It is neither delivered nor undelivered, and sending it again would double its beginning: so it is uncertain, whatever
    stopped it, and a person decides.
    """
    if not sent:
        return failure
    return DeliveryError(f"{sent} of {parts} parts arrived, then: {failure.reason}", certain=False)


def _cut(text: str, limit: int, unit: TextUnit) -> int:
    fits = _longest_prefix(text, limit, unit)
    for pattern in _BREAKS:
        ends = [found.start() for found in pattern.finditer(text, 0, min(len(text), fits + 1)) if found.start() <= fits]
        if ends and ends[-1] > fits // 3:  # a very short first part would look torn off
            return ends[-1]
    return fits


def _longest_prefix(text: str, limit: int, unit: TextUnit) -> int:
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if unit.measure(text[:middle]) <= limit else (low, middle - 1)
    return low
