"""How often something may happen, and the count of how often it did.

A *rate* is a `Bucket` or a `Window`; a *claim* is a rate and the key it is counted for, such as an address. `LocalRates` counts in one
process, `storage.rates.RedisRates` for all processes together.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

MAX_KEYS = 20_000  # of one rate in one process; the keys used least recently are forgotten first

Moments: TypeAlias = tuple[float, ...]
"""What is remembered of a key, in seconds of one clock: see each rate."""


@dataclass(frozen=True)
class Bucket:
    """`burst` at once, then `per_second` on the long run. `name` keeps its keys apart from those of other rates.

    Kept as GCRA (the generic cell rate algorithm, ATM Forum TM 4.0, section 4.4.2): all it remembers is when the bucket will be full
    again.
    """

    name: str
    burst: float
    per_second: float

    @property
    def interval(self) -> float:
        """Seconds until one more is granted, on the long run."""
        return 1 / self.per_second

    @property
    def tolerance(self) -> float:
        """Seconds by which a burst may be ahead of the long run."""
        return (self.burst - 1) / self.per_second

    def free_at(self, moments: Moments) -> float:
        """When the next one is granted."""
        return moments[0] - self.tolerance if moments else -math.inf

    def noted(self, moments: Moments, now: float) -> Moments:
        """What is remembered once one more has been granted."""
        return (max((now, *moments)) + self.interval,)


@dataclass(frozen=True)
class Window:
    """At most `most` in any `seconds`: for limits that nobody may exceed. `name` keeps its keys apart from those of other rates.

    Remembers the last `most` grants. A bucket of the same numbers would let nearly twice as many through in its first period.
    """

    name: str
    most: int
    seconds: float

    def free_at(self, moments: Moments) -> float:
        """When the next one is granted."""
        return moments[0] + self.seconds if len(moments) == self.most else -math.inf

    def noted(self, moments: Moments, now: float) -> Moments:
        """What is remembered once one more has been granted."""
        return (*moments, now)[-self.most :]


Rate: TypeAlias = Bucket | Window
Claim: TypeAlias = tuple[Rate, str]


class Rates(Protocol):
    """Grants what is within the rates. Never fails: where the common count is away, each process goes on by its own."""

    async def take(self, *claims: Claim) -> float:
        """Take one from each claim and return 0; else the seconds until all of them grant one, and nothing is taken from any."""

    async def pause(self, rate: Rate, key: str, seconds: float) -> None:
        """Grant nothing of this claim for `seconds`, because whoever set the rate asks for it. The latest word counts."""

    async def give_back(self, rate: Window, key: str) -> None:
        """Undo the latest grant of this claim."""

    async def forget(self, rate: Rate, key: str) -> None:
        """Forget what was granted of this claim."""

    async def close(self) -> None:
        """Close connections."""


@dataclass
class _Count:
    moments: Moments = ()
    paused_until: float = -math.inf


class LocalRates:
    """Rates within one process. `clock` gives seconds and never goes back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._counts: defaultdict[Rate, OrderedDict[str, _Count]] = defaultdict(OrderedDict)

    async def take(self, *claims: Claim) -> float:
        """Take one from each claim, or tell the seconds to wait."""
        now = self._clock()
        wait = max((self._free_at(rate, key) - now for rate, key in claims), default=0.0)
        if wait > 0:
            return wait
        self._note(claims, now)
        return 0.0

    def note(self, *claims: Claim) -> None:
        """Count what was granted elsewhere."""
        self._note(claims, self._clock())

    async def pause(self, rate: Rate, key: str, seconds: float) -> None:
        """Grant nothing of this claim for `seconds`."""
        self._count(rate, key).paused_until = self._clock() + seconds

    async def give_back(self, rate: Window, key: str) -> None:
        """Undo the latest grant of this claim."""
        count = self._count(rate, key)
        count.moments = count.moments[:-1]

    async def forget(self, rate: Rate, key: str) -> None:
        """Forget what was granted of this claim."""
        self._counts[rate].pop(key, None)

    async def close(self) -> None:
        """Nothing to release."""

    def _free_at(self, rate: Rate, key: str) -> float:
        count = self._counts[rate].get(key)
        return -math.inf if count is None else max(count.paused_until, rate.free_at(count.moments))

    def _note(self, claims: tuple[Claim, ...], now: float) -> None:
        for rate, key in claims:
            count = self._count(rate, key)
            count.moments = rate.noted(count.moments, now)

    def _count(self, rate: Rate, key: str) -> _Count:
        counts = self._counts[rate]
        count = counts.setdefault(key, _Count())
        counts.move_to_end(key)
        if len(counts) > MAX_KEYS:
            counts.popitem(last=False)
        return count
