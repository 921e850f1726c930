"""Rates that hold for all processes on one Redis together."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from bot.breaker import Breaker
from bot.rates import Bucket, Claim, LocalRates, Rate, Window

_LOG = structlog.get_logger()
_TAKE = Path(__file__).with_suffix(".lua").read_text(encoding="utf-8")

PATIENCE = 0.3  # seconds: a customer is waiting
CONNECTIONS = 16


class RedisRates:
    """Counts in Redis (5 or later), where one script takes from several rates at once or from none.

    Keys are hashed, since they are customers' addresses and ids, and expire once they mean nothing any more. What a process was granted
    it remembers itself too: while Redis is away it goes on from there, each process alone, and takes Redis up again when it is back.
    Away is what takes longer than `patience` seconds for any step of an answer.
    """

    def __init__(self, url: str, *, breaker: Breaker | None = None, patience: float = PATIENCE) -> None:
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS,
            timeout=patience,
            socket_timeout=patience,
            socket_connect_timeout=patience,
            retry=Retry(NoBackoff(), 0),  # waiting and asking again is the breaker's part
        )
        self._redis = Redis.from_pool(pool)
        self._script = self._redis.register_script(_TAKE)
        self._own = LocalRates()
        self._breaker = breaker or Breaker()
        self._away = False

    async def take(self, *claims: Claim) -> float:
        """Take one from each claim, or tell the seconds to wait."""
        if not claims:
            return 0.0
        keys = [key for claim in claims for key in (_count(*claim), _pause(*claim))]
        numbers = [number for rate, _ in claims for number in _numbers(rate)]
        wait = await self._ask(lambda: self._script(keys, numbers))
        if wait is None:
            return await self._own.take(*claims)
        if wait == 0:
            self._own.note(*claims)
        return float(wait) / 1e6

    async def pause(self, rate: Rate, key: str, seconds: float) -> None:
        """Grant nothing of this claim for `seconds`, in any process."""
        await self._own.pause(rate, key, seconds)
        await self._ask(lambda: self._redis.set(_pause(rate, key), 1, px=max(1, math.ceil(seconds * 1000))))

    async def give_back(self, rate: Window, key: str) -> None:
        """Undo the latest grant of this claim."""
        await self._own.give_back(rate, key)
        await self._ask(lambda: self._redis.rpop(_count(rate, key)))

    async def forget(self, rate: Rate, key: str) -> None:
        """Forget what was granted of this claim."""
        await self._own.forget(rate, key)
        await self._ask(lambda: self._redis.delete(_count(rate, key)))

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    async def _ask(self, question: Callable[[], Awaitable[Any]]) -> Any:
        """Redis' answer; None while it is away."""
        if not self._breaker.lets_through():
            return None
        try:
            answer = await question()
        except (RedisError, OSError) as error:
            self._breaker.failed()
            if not self._away:
                _LOG.warning(
                    "rates.apart", error=type(error).__name__, meaning="until Redis is back each process counts alone"
                )
            self._away = True
            return None
        self._breaker.succeeded()
        if self._away:
            _LOG.info("rates.together", meaning="Redis is back and counts for all processes again")
        self._away = False
        return answer


def _kind(rate: Rate) -> str:
    return "bucket" if isinstance(rate, Bucket) else "window"


def _count(rate: Rate, key: str) -> str:
    return f"frontline:{_kind(rate)}:{rate.name}:{hashlib.sha256(key.encode(errors='surrogatepass')).hexdigest()}"


def _pause(rate: Rate, key: str) -> str:
    return f"{_count(rate, key)}:pause"


def _numbers(rate: Rate) -> tuple[str, int, int]:
    """A rate as the script reads it."""
    if isinstance(rate, Bucket):
        return _kind(rate), _microseconds(rate.tolerance), _microseconds(rate.interval)
    return _kind(rate), rate.most, _microseconds(rate.seconds)


def _microseconds(seconds: float) -> int:
    return math.ceil(seconds * 1e6)
