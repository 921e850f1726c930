"""How much one visitor, and one address, may ask for. Token buckets in memory: they protect a process, and may forget."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from bot.errors import RequestRejected

MAX_KEYS = 20_000


@dataclass(frozen=True)
class Rate:
    """`burst` at once, then `per_second` on the long run."""

    burst: float
    per_second: float


class Buckets:
    """A bucket a key. The keys used least recently are forgotten first."""

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> float:
        """Take one; returns 0, or the seconds until there is one again."""
        at = self._clock()
        left, since = self._buckets.pop(key, (self._rate.burst, at))
        left = min(self._rate.burst, left + (at - since) * self._rate.per_second)
        granted = left >= 1
        self._buckets[key] = (left - 1 if granted else left, at)
        if len(self._buckets) > MAX_KEYS:
            self._buckets.popitem(last=False)
        return 0.0 if granted else (1 - left) / self._rate.per_second


class Limits:
    """The limits of the chat's doors.

    An address may be a whole office or mobile network, so it gets much more than a visitor; None (this machine) has no limit.
    """

    def __init__(
        self,
        *,
        messages: Rate = Rate(12, 0.5),
        messages_of_address: Rate = Rate(200, 20),
        starts_of_address: Rate = Rate(60, 2),
        sockets_of_address: Rate = Rate(200, 10),
    ) -> None:
        self.messages = Buckets(messages)
        self.messages_of_address = Buckets(messages_of_address)
        self.starts_of_address = Buckets(starts_of_address)
        self.sockets_of_address = Buckets(sockets_of_address)

    def message(self, visitor: str, address: str | None) -> None:
        """A message is sent. Raises RequestRejected(429) if that is too many."""
        _take(self.messages_of_address, address)
        _take(self.messages, visitor)

    def start(self, address: str | None) -> None:
        """A conversation is begun."""
        _take(self.starts_of_address, address)

    def socket(self, address: str | None) -> None:
        """A page wants to hear live."""
        _take(self.sockets_of_address, address)


def _take(buckets: Buckets, key: str | None) -> None:
    seconds = 0.0 if key is None else buckets.take(key)
    if seconds:
        raise RequestRejected(f"too many at once; try again in {max(1, round(seconds))} s", status=429)
