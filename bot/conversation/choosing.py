"""Where a channel has no buttons the choices are numbered, and a number alone is the choice (`bot.channels.faces.numbered`)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.channels.faces import choices
from bot.domain.message import Button

_NUMBER = re.compile(r"[(#]?([1-9]\d?)[.):]?")


def number_of(text: str) -> int | None:
    """The number that `text` is; None for any other text."""
    found = _NUMBER.fullmatch(text.strip())
    return int(found[1]) if found else None


def chosen(number: int, offered: Sequence[Button]) -> Button | None:
    """The button that was shown under this number."""
    numbered = choices(offered)
    return numbered[number - 1] if number <= len(numbered) else None
