"""How long to wait before a vendor that cannot be reached is asked again."""

from __future__ import annotations

import random
from collections.abc import Callable

FIRST_WAIT = 1.0  # seconds
LONGEST_WAIT = 60.0  # seconds


class Backoff:
    """How long to wait after each further failure in a row: twice as long as before, less a random part."""

    def __init__(self, draw: Callable[[], float] = random.random) -> None:
        self._draw = draw
        self._next = FIRST_WAIT

    def reset(self) -> None:
        """It works again."""
        self._next = FIRST_WAIT

    def wait(self) -> float:
        """Seconds to wait now: between half of the full wait and all of it, so that many clients do not come back at once."""
        full, self._next = self._next, min(2 * self._next, LONGEST_WAIT)
        return full * (0.5 + 0.5 * self._draw())
