"""When to try again. Decisions are values; the accidents they answer are exceptions."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta

MAX_ATTEMPTS = 5


@dataclass(frozen=True)
class Backoff:
    """Waits that double from `first` up to `longest` seconds, with full jitter (AWS Architecture Blog, 2015)."""

    first: float = 0.5
    longest: float = 60.0

    def wait(self, attempts: int, *, at_least: float | None = None) -> timedelta:
        """How long to wait after `attempts` attempts; never less than the channel asked for (`at_least` seconds)."""
        ceiling = min(self.longest, self.first * 2 ** min(attempts, 30))
        seconds = random.uniform(ceiling / 2, ceiling)  # noqa: S311  # spreading load, not a secret
        return timedelta(seconds=max(seconds, at_least or 0.0))
