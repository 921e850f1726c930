"""Figures that cost the database something: whoever asks often is told the same for a while."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

import structlog

T = TypeVar("T")
_LOG = structlog.get_logger()

AT_LEAST = 5.0  # seconds
SHARE = 0.05  # what took a second is kept for twenty
PATIENCE = 2.0  # seconds; scrapers give up after ten by default


class Kept(Generic[T]):
    """A figure that `compute` makes in a thread of its own.

    It is kept for `at_least` so many seconds, and so long that computing takes no more than a `share` of the time. Who asks waits `patience` seconds.
    """

    def __init__(
        self,
        compute: Callable[[], T],
        *,
        at_least: float = AT_LEAST,
        share: float = SHARE,
        patience: float = PATIENCE,
    ) -> None:
        self._compute = compute
        self._at_least, self._share, self._patience = at_least, share, patience
        self._lock = threading.Lock()
        self._computing: threading.Thread | None = None
        self._value: T | None = None
        self._until = -math.inf

    def get(self) -> T | None:
        """The figure; the one before while a new one takes longer than patience lasts. None where there is none, or it cannot be computed."""
        with self._lock:
            if self._computing is None and time.monotonic() >= self._until:
                self._computing = threading.Thread(target=self._renew, name="metrics", daemon=True)
                self._computing.start()
            computing = self._computing
        if computing is not None:
            computing.join(self._patience)
        return self._value

    def _renew(self) -> None:
        began = time.monotonic()
        value = None
        try:
            value = self._compute()
        except Exception:  # a database that is away must not take the other figures with it
            _LOG.exception("metrics.failed")
        ended = time.monotonic()
        with self._lock:
            self._value, self._computing = value, None
            self._until = ended + max(self._at_least, (ended - began) / self._share)
