"""The circuit breaker: a server that has just failed is left alone for a moment."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Breaker:
    """Stops asking a server that has just failed (M. Nygard, Release It!, 2nd ed., ch. 5).

    After `limit` failures in a row it is open for `rest` seconds; then a single call tries again.
    """

    limit: int = 3
    rest: float = 5.0
    clock: Callable[[], float] = time.monotonic
    _failures: int = field(default=0, init=False)
    _closed_from: float = field(default=0.0, init=False)

    @property
    def is_open(self) -> bool:
        """Whether it keeps callers from asking now."""
        return self._failures >= self.limit and self.clock() < self._closed_from

    def lets_through(self) -> bool:
        """Whether to ask. The call that is let through after a rest keeps others out until it is over."""
        if self.is_open:
            return False
        if self._failures >= self.limit:
            self._closed_from = self.clock() + self.rest
        return True

    def succeeded(self) -> None:
        """The server works."""
        self._failures = 0

    def failed(self) -> None:
        """The server does not."""
        self._failures += 1
        self._closed_from = self.clock() + self.rest
