"""Rates hold for all processes on one Redis together, and nobody waits for a Redis that is away."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from bot.breaker import Breaker
from bot.channels.telegram.limits import CHAT, OVERALL, Limiter
from bot.rates import Bucket, Window
from bot.storage.rates import RedisRates
from tests.clock import Clock
from tests.servers import REDIS_WITHIN, RedisServer, redis_server

BUCKET = Bucket("bucket", burst=3, per_second=0.01)
WINDOW = Window("window", most=3, seconds=100)
CHATS = 40  # more than Telegram lets through in a second, so that both its rates are felt
Send = tuple[float, float, int]
"""A message was let through between these two moments of Redis' clock, to this chat."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    with redis_server(tmp_path) as running:
        yield running


@pytest.fixture
def clock() -> Clock:
    """When to ask again a Redis that is away."""
    return Clock()


@pytest.fixture
async def two(server: RedisServer, clock: Clock) -> AsyncIterator[tuple[RedisRates, RedisRates]]:
    """Two processes' ends of one Redis."""
    first, second = (
        RedisRates(server.url, breaker=Breaker(rest=5, clock=clock), patience=REDIS_WITHIN) for _ in range(2)
    )
    yield first, second
    await first.close()
    await second.close()


async def granted(*ends: RedisRates, rate: Bucket | Window = WINDOW, key: str = "key") -> int:
    """Of twenty tries at each end, all at once, how many were granted."""
    waits = await asyncio.gather(*(end.take((rate, key)) for end in ends for _ in range(20)))
    return waits.count(0)


# --- together --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [BUCKET, WINDOW])
async def test_two_processes_have_one_rate(two: tuple[RedisRates, RedisRates], rate: Bucket | Window) -> None:
    assert await granted(*two, rate=rate) == 3


async def test_a_pause_told_to_one_is_kept_by_the_other(two: tuple[RedisRates, RedisRates]) -> None:
    first, second = two
    await Limiter(first, "4242").pause(7, 30)
    assert 20 < await Limiter(second, "4242").claim(7) <= 30
    assert await Limiter(second, "4242").claim(8) == 0


async def test_what_one_forgives_the_other_grants(two: tuple[RedisRates, RedisRates]) -> None:
    first, second = two
    assert await granted(*two) == 3
    await second.give_back(WINDOW, "key")
    assert await granted(first) == 1
    await second.forget(WINDOW, "key")
    assert await granted(first) == 3


def test_two_processes_together_never_exceed_telegrams_rates(server: RedisServer) -> None:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as processes:
        sends = sorted(send for sent in processes.map(send_as_fast_as_allowed, [server.url] * 2) for send in sent)
    assert len(sends) == 80
    assert most_at_once(sends, OVERALL.seconds) <= OVERALL.most
    for chat in range(CHATS):
        assert most_at_once([send for send in sends if send[2] == chat], CHAT.seconds) <= CHAT.most


def most_at_once(sends: list[Send], seconds: float) -> int:
    """The most messages that were let through in any `seconds` for certain."""
    return max(
        (sum(begin <= before and after < begin + seconds for before, after, _ in sends) for begin, _, _ in sends),
        default=0,
    )


def send_as_fast_as_allowed(url: str) -> list[Send]:
    """What a process does that has forty messages to send and does not wait."""

    async def hammer() -> list[Send]:
        rates, redis = RedisRates(url, patience=REDIS_WITHIN), Redis.from_url(url)
        limiter, sent, tries = Limiter(rates, "4242"), list[Send](), 0
        while len(sent) < 40:
            chat, tries = tries % CHATS, tries + 1
            before = await now(redis)
            if await limiter.claim(chat) == 0:
                sent.append((before, await now(redis), chat))
        await rates.close()
        await redis.aclose()
        return sent

    return asyncio.run(hammer())


async def now(redis: Redis) -> float:
    """Redis' own clock."""
    seconds, microseconds = await redis.time()
    return float(seconds) + microseconds / 1e6


# --- what Redis gets to know -----------------------------------------------------------------------------


async def test_redis_learns_no_address_and_keeps_nothing_for_long(
    server: RedisServer, two: tuple[RedisRates, RedisRates]
) -> None:
    for rate in (BUCKET, WINDOW):
        await two[0].take((rate, "192.0.2.77"))
        await two[0].pause(rate, "192.0.2.77", 50)
    async with Redis.from_url(server.url) as redis:
        keys = [key async for key in redis.scan_iter()]
        assert len(keys) == 4
        assert not any(b"192.0.2.77" in key for key in keys)
        assert all([0 < await redis.ttl(key) <= 100 for key in keys])


async def test_redis_holds_no_more_of_a_key_than_its_rate_needs(
    server: RedisServer, two: tuple[RedisRates, RedisRates]
) -> None:
    brisk = Window("brisk", most=2, seconds=0.2)
    async with Redis.from_url(server.url) as redis:
        for _ in range(6):
            assert await two[0].take((brisk, "key")) == 0
            await asyncio.sleep(brisk.seconds / brisk.most)
            assert all([await redis.llen(key) <= brisk.most async for key in redis.scan_iter()])


async def test_a_clock_of_redis_that_is_set_back_keeps_nobody_waiting(
    server: RedisServer, two: tuple[RedisRates, RedisRates]
) -> None:
    assert [await granted(two[0], rate=rate) for rate in (BUCKET, WINDOW)] == [3, 3]
    async with Redis.from_url(server.url) as redis:
        await an_hour_ahead(redis)
    assert await granted(two[0], rate=WINDOW) == 3
    assert 0 < await two[0].take((BUCKET, "key")) <= 100


async def an_hour_ahead(redis: Redis) -> None:
    """Have Redis hold moments of an hour later, as it does once its clock is set back by one."""
    async for key in redis.scan_iter():
        if await redis.type(key) == b"list":
            for place, moment in enumerate(await redis.lrange(key, 0, -1)):
                await redis.lset(key, place, int(moment) + 3_600_000_000)
        else:
            await redis.set(key, int(await redis.get(key)) + 3_600_000_000)


# --- Redis away ------------------------------------------------------------------------------------------


async def test_without_redis_each_process_goes_on_alone_from_what_it_knows(
    server: RedisServer, two: tuple[RedisRates, RedisRates]
) -> None:
    first, second = two
    assert [await first.take((WINDOW, "key")) for _ in range(2)] == [0, 0]
    await first.pause(WINDOW, "paused", 1000)
    server.stop()
    assert [await granted(end) for end in two] == [1, 3]
    assert await first.take((WINDOW, "paused")) > 500
    await first.give_back(WINDOW, "key")
    await second.forget(WINDOW, "key")
    assert [await granted(end) for end in two] == [1, 3]


async def test_redis_is_taken_up_again_when_it_is_back(
    server: RedisServer, clock: Clock, two: tuple[RedisRates, RedisRates]
) -> None:
    await granted(*two)
    server.stop()
    assert await granted(*two, key="alone") == 6
    server.start()
    clock.now += 4
    assert await granted(*two, key="resting") == 6  # not each call asks a Redis that has just been away
    clock.now += 1
    for end in two:
        await end.take((WINDOW, "back"))
    assert await granted(*two) == 3


async def test_the_log_says_once_that_redis_is_away_and_once_that_it_is_back(
    server: RedisServer, clock: Clock, two: tuple[RedisRates, RedisRates]
) -> None:
    with capture_logs() as log:
        for server_does in (server.stop, server.start, server.stop):
            server_does()
            for _ in range(5):
                clock.now += 5
                await granted(two[0])
    assert [entry["event"] for entry in log] == ["rates.apart", "rates.together", "rates.apart"]
    assert str(server.port) not in str(log)  # the address may hold a password


async def test_a_redis_that_was_never_there_is_no_fault(
    server: RedisServer, two: tuple[RedisRates, RedisRates]
) -> None:
    server.stop()
    assert [await granted(end) for end in two] == [3, 3]


async def test_a_redis_that_stands_still_keeps_nobody_waiting(server: RedisServer, clock: Clock) -> None:
    rates = RedisRates(server.url, breaker=Breaker(rest=5, clock=clock))
    await rates.take((WINDOW, "before"))
    server.process.send_signal(signal.SIGSTOP)
    async with asyncio.timeout(10):  # Redis itself would not answer for ever
        assert await granted(rates, key="alone") == 3
        for _ in range(1000):
            assert await rates.take((WINDOW, "alone")) > 0
    await rates.close()


async def test_a_redis_that_forgot_the_script_is_told_it_again(
    server: RedisServer, two: tuple[RedisRates, RedisRates]
) -> None:
    await granted(*two, key="before")
    async with Redis.from_url(server.url) as redis:
        await redis.script_flush()
    assert await granted(*two) == 3


async def test_a_redis_that_refuses_counts_as_away(server: RedisServer, two: tuple[RedisRates, RedisRates]) -> None:
    async with Redis.from_url(server.url) as redis:
        await redis.config_set("maxmemory", 1)
    assert [await granted(end) for end in two] == [3, 3]
