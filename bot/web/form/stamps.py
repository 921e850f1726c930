"""The stamp a form carries: that it was shown by us, when, and which one it is. Nothing of it is kept here."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

EARLIEST = 3.0  # seconds between form and message; people take longer, most programs do not wait
LATEST = 24 * 3600.0  # seconds for which a form that is open can be sent


@dataclass(frozen=True)
class Stamp:
    """A form that was shown: what tells it from others, and what is wrong with sending it now (`early`, `old`; empty if nothing is)."""

    name: str
    problem: str


class Stamps:
    """Makes stamps and reads them again. `clock` gives Unix time; all processes with the same `key` know each other's."""

    def __init__(self, key: bytes, clock: Callable[[], float] = time.time) -> None:
        self._key = key
        self._clock = clock

    def new(self) -> str:
        """The stamp for a form that is about to be shown."""
        text = f"{int(self._clock())}.{secrets.token_urlsafe(16)}"
        return f"{text}.{self._signature(text)}"

    def read(self, stamp: str) -> Stamp:
        """What a stamp says that came back. One that is not ours is as good as one that is too old."""
        text, _, signature = stamp[:200].rpartition(".")
        shown, _, name = text.partition(".")
        genuine = hmac.compare_digest(signature.encode("utf-8", "surrogatepass"), self._signature(text).encode())
        if not genuine:
            return Stamp("", "old")
        age = self._clock() - int(shown)
        return Stamp(name, "early" if age < EARLIEST else "old" if age > LATEST else "")

    def _signature(self, text: str) -> str:
        return hmac.new(self._key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
