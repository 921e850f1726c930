"""Live hints: "something changed at …". They carry no data and may be lost; whoever hears one looks into SQL.

One machine needs no server for it (`LocalLive`); several hear each other through Redis (`RedisLive`).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from typing import Protocol

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

_LOG = structlog.get_logger()
UNHURRIED, HURRIED = 20.0, 1.0  # seconds
QUIET = 5.0  # seconds


class Listener(Protocol):
    """Whoever is told hints as they come."""

    def add(self, topic: str, hint: str) -> None:
        """Note a hint; returns at once and never fails."""


class Live(Protocol):
    """Tell and hear hints by topic: `inbox`, `outbox`, `files`, `desk`, `chat:<conversation id>`."""

    @property
    def pace(self) -> float:
        """Seconds after which who waits for a hint looks by himself: some hint may be lost, or all of them while nobody carries them."""

    def tell(self, topic: str, hint: str = "") -> None:
        """Tell everybody who hears `topic`; returns at once and never fails."""

    def hear(self, *topics: str) -> contextlib.AbstractContextManager[Hearing]:
        """Hear these topics from now on, until the context ends."""

    def listening(self, listener: Listener, *topics: str) -> contextlib.AbstractContextManager[None]:
        """`listener` is told of these topics until the context ends."""

    async def close(self) -> None:
        """Stop telling and hearing."""


class Hearing:
    """What one listener has heard and not yet looked at. Equal hints waiting are heard once."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, str], None] = {}
        self._ready = asyncio.Event()

    def add(self, topic: str, hint: str) -> None:
        """Note a hint."""
        self._waiting[(topic, hint)] = None
        self._ready.set()

    async def next(self, timeout: float | None = None) -> list[tuple[str, str]]:
        """Wait for hints, at most `timeout` seconds; returns (topic, hint) pairs, none after the timeout."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._ready.wait()
        self._ready.clear()
        heard, self._waiting = list(self._waiting), {}
        return heard


class LocalLive:
    """Hints within one process. `alone`: there is no other one whose hints would be missed."""

    def __init__(self, *, alone: bool = True) -> None:
        self._alone = alone
        self._listeners: defaultdict[str, set[Listener]] = defaultdict(set)

    @property
    def pace(self) -> float:
        """Short where others work on the same database unheard."""
        return UNHURRIED if self._alone else HURRIED

    def tell(self, topic: str, hint: str = "") -> None:
        """Tell every listener of this process."""
        for listener in self._listeners.get(topic, ()):
            listener.add(topic, hint)

    @contextlib.contextmanager
    def hear(self, *topics: str) -> Iterator[Hearing]:
        """Hear these topics until the context ends."""
        hearing = Hearing()
        with self.listening(hearing, *topics):
            yield hearing

    @contextlib.contextmanager
    def listening(self, listener: Listener, *topics: str) -> Iterator[None]:
        """Tell `listener` of these topics until the context ends."""
        for topic in topics:
            self._listeners[topic].add(listener)
        try:
            yield
        finally:
            for topic in topics:
                self._listeners[topic].discard(listener)
                if not self._listeners[topic]:
                    del self._listeners[topic]

    async def close(self) -> None:
        """Nothing to release."""


class RedisLive(LocalLive):
    """Hints among all processes on one Redis. While Redis is away each process still hears itself.

    A Redis whose host is cut off says nothing of it. So after `quiet` seconds without a word it is asked whether it is there, and after as many again it is away.
    """

    CHANNEL = "frontline:live"

    def __init__(self, url: str, *, alone: bool = True, quiet: float = QUIET) -> None:
        super().__init__(alone=alone)
        self._away = False  # told once: here, or when it has gone
        self._quiet = quiet
        self._redis = Redis.from_url(url, socket_connect_timeout=2)
        self._outgoing: asyncio.Queue[str] = asyncio.Queue(maxsize=10_000)
        self._tasks = [asyncio.create_task(self._publish()), asyncio.create_task(self._subscribe())]

    @property
    def pace(self) -> float:
        """Short while Redis is away, if there are others."""
        return super().pace if self._away else UNHURRIED

    def tell(self, topic: str, hint: str = "") -> None:
        """Tell this process at once and the others through Redis; if too much waits for Redis the hint stays local."""
        super().tell(topic, hint)
        with contextlib.suppress(asyncio.QueueFull):
            self._outgoing.put_nowait(f"{topic}\n{hint}")

    async def close(self) -> None:
        """End both connections."""
        running = set(self._tasks)
        while running:  # redis-py may swallow a cancellation while it connects: ask until it is heard
            for task in running:
                task.cancel()
            _, running = await asyncio.wait(running, timeout=0.2)
        await self._redis.aclose()

    async def _publish(self) -> None:
        while True:
            text = await self._outgoing.get()
            try:
                async with asyncio.timeout(self._quiet):
                    await self._redis.publish(self.CHANNEL, text)
            except (RedisError, OSError):  # told by the other connection, which is always open
                await asyncio.sleep(1)

    async def _subscribe(self) -> None:
        while True:
            try:
                async for text in self._messages():
                    topic, _, hint = text.partition("\n")
                    super().tell(topic, hint)
            except (RedisError, OSError) as error:
                if not self._away:
                    _LOG.warning(
                        "redis.away",
                        error=type(error).__name__,
                        meaning="processes look by themselves until it is back",
                    )
                self._away = True
                await asyncio.sleep(1)

    async def _messages(self) -> AsyncIterator[str]:
        async with self._redis.pubsub() as subscription:
            await subscription.subscribe(self.CHANNEL)
            asked = False
            while True:
                message = await subscription.get_message(timeout=self._quiet)
                if message is None and asked:
                    raise TimeoutError
                asked = message is None
                if message is None:
                    await subscription.ping()
                    continue
                if self._away:
                    _LOG.info("redis.back")
                self._away = False
                if message["type"] == "message":
                    yield message["data"].decode()
