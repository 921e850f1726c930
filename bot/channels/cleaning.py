"""Cleans text once, at the door, so that no room behind it has to."""

from __future__ import annotations

import re

MAX_TEXT = 64 * 1024  # a customer's own text; longer ones are cut, the raw event keeps what the vendor sent

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069]")
_ZALGO = re.compile("([\u0300-\u036f\u0489]{3})[\u0300-\u036f\u0489]+")
_SUSPECT = re.compile("[\x00-\x08\x0b-\x1f\x7f\u0300-\u036f\u0489\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def clean(text: str, limit: int = MAX_TEXT) -> str:
    """`text` without what breaks storage or display: NUL and control characters, lone surrogates, direction overrides, towers of accents.

    Cut to `limit` characters.
    """
    text = text[:limit]
    if _SUSPECT.search(text):  # most texts hold nothing of all this
        text = text.encode("utf-8", "replace").decode("utf-8")
        text = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
        text = _ZALGO.sub(r"\1", _DIRECTION.sub("", text))
    return text.strip()
