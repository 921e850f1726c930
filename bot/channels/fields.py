"""Reads fields of JSON that may be anything: what has the wrong type counts as absent.

Telegram adds fields with every release; a stranger behind a forged request may send worse. So nothing here raises,
but `Malformed` where a field is missing without which an update means nothing.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

from bot.channels.cleaning import clean

Json = dict[str, Any]

MAX_DEPTH = 32  # Telegram's deepest update nests about ten levels
MAX_INTEGER = 2**63 - 1
MAX_SOURCE = 4096  # characters of what a file is fetched by; the addresses of vendors have some hundreds


class Malformed(Exception):
    """An update lacks a field it cannot do without."""


def mapping(parent: Json, key: str) -> Json:
    """The object at `key`, else an empty one."""
    value = parent.get(key)
    return value if isinstance(value, dict) else {}


def mappings(parent: Json, key: str) -> list[Json]:
    """The objects in the list at `key`; whatever else is in it is left out."""
    value = parent.get(key)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def string(parent: Json, key: str) -> str:
    """The text at `key` as it came, else an empty one."""
    value = parent.get(key)
    return value if isinstance(value, str) else ""


def integer(parent: Json, key: str) -> int | None:
    """The whole number at `key` that fits 64 bits, else None. `true` is no number."""
    value = parent.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > MAX_INTEGER:
        return None
    return value


def needed_integer(parent: Json, key: str) -> int:
    """The whole number at `key`; raises Malformed without one."""
    value = integer(parent, key)
    if value is None:
        raise Malformed(key)
    return value


def label(parent: Json, key: str, limit: int) -> str:
    """The text at `key`, cleaned, on one line, cut to `limit` characters."""
    return " ".join(clean(string(parent, key)).split())[:limit]


def whole(parent: Json, key: str, limit: int) -> str:
    """The text at `key`, cleaned, on one line; empty where it has more than `limit` characters, for a part of an id or address leads nowhere."""
    found = label(parent, key, limit + 1)
    return found if len(found) <= limit else ""


def instant(parent: Json, key: str) -> datetime | None:
    """The Unix time (seconds) at `key`."""
    seconds = integer(parent, key)
    try:
        return datetime.fromtimestamp(seconds, UTC) if seconds else None
    except (OverflowError, OSError, ValueError):  # a year that no calendar has
        return None


def storable(value: Any, depth: int = 0) -> Any:
    """`value`, of JSON, as it came, but for what no database takes: NUL, lone surrogates, numbers beyond 64 bits or without end, abysses."""
    kind = type(value)
    if kind is str:
        return _storable_text(value)
    if kind is int:
        return value if abs(value) <= MAX_INTEGER else None
    if kind is bool or value is None:
        return value
    if kind is float:
        return value if math.isfinite(value) else None
    if depth >= MAX_DEPTH:
        return None
    if kind is dict:
        return {_storable_text(key): storable(item, depth + 1) for key, item in value.items()}
    return [storable(item, depth + 1) for item in value]


def _storable_text(text: str) -> str:
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode("utf-8")
    return text.replace("\x00", "")
