"""Live hints over a real Redis: processes hear each other, and losing Redis costs time, never a hint at home."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.storage.live import HURRIED, UNHURRIED, RedisLive
from tests.servers import RedisServer, redis_server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    with redis_server(tmp_path) as running:
        yield running


@pytest.fixture
async def two(server: RedisServer) -> AsyncIterator[tuple[RedisLive, RedisLive]]:
    """Two processes' ends of one Redis."""
    first, second = RedisLive(server.url), RedisLive(server.url)
    yield first, second
    await first.close()
    await second.close()


async def heard_elsewhere(teller: RedisLive, hearer: RedisLive, topic: str) -> bool:
    """Tell until it is heard on the other side, for subscribing takes a moment."""
    with hearer.hear(topic) as hearing:
        for _ in range(100):
            teller.tell(topic, "news")
            if (topic, "news") in await hearing.next(timeout=0.1):
                return True
    return False


async def test_a_hint_told_in_one_process_is_heard_in_the_other(two: tuple[RedisLive, RedisLive]) -> None:
    first, second = two
    assert await heard_elsewhere(first, second, "chat:7")
    assert await heard_elsewhere(second, first, "desk")


async def test_without_redis_a_process_still_hears_itself(
    server: RedisServer, two: tuple[RedisLive, RedisLive]
) -> None:
    first, second = two
    assert await heard_elsewhere(first, second, "desk")
    server.stop()
    with first.hear("inbox") as hearing:
        first.tell("inbox")
        assert await hearing.next(timeout=1) == [("inbox", "")]


async def until_the_pace_is(pace: float, live: RedisLive) -> None:
    async with asyncio.timeout(20):
        while live.pace != pace:
            await asyncio.sleep(0.02)


async def test_a_redis_that_says_nothing_any_more_is_away(server: RedisServer) -> None:
    """As one whose host is cut off: it neither answers nor refuses."""
    first, second = (RedisLive(server.url, alone=False, quiet=0.5) for _ in range(2))
    try:
        assert await heard_elsewhere(first, second, "desk")
        await asyncio.sleep(1.5)  # nothing happens, and that is no silence
        assert first.pace == UNHURRIED
        server.process.send_signal(signal.SIGSTOP)
        await until_the_pace_is(HURRIED, first)
        first.tell("desk")
        server.process.send_signal(signal.SIGCONT)
        await until_the_pace_is(UNHURRIED, first)
        assert await heard_elsewhere(first, second, "desk")
    finally:
        await first.close()
        await second.close()


async def test_equal_hints_that_wait_are_heard_once(two: tuple[RedisLive, RedisLive]) -> None:
    first, _ = two
    with first.hear("desk") as hearing:
        for _ in range(50):
            first.tell("desk", "queue")
        await asyncio.sleep(0)
        assert (await hearing.next(timeout=1)).count(("desk", "queue")) == 1
