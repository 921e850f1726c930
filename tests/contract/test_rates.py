"""What rates promise, whoever counts: one process by itself, or Redis for all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from bot.rates import Bucket, LocalRates, Rate, Rates, Window
from bot.storage.rates import RedisRates
from tests.servers import REDIS_WITHIN, redis_server

BUCKET = Bucket(
    "bucket", burst=3, per_second=0.01
)  # a hundred seconds for one more: nothing comes back while a test runs
WINDOW = Window("window", most=3, seconds=100)
QUICK_BUCKET = Bucket("quick_bucket", burst=2, per_second=5)
QUICK_WINDOW = Window("quick_window", most=2, seconds=0.2)
SLOW, QUICK = [BUCKET, WINDOW], [QUICK_BUCKET, QUICK_WINDOW]


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with redis_server(Path(tmp_path_factory.mktemp("redis"))) as server:
        yield server.url


@pytest.fixture(params=["local", "redis"])
async def rates(request: pytest.FixtureRequest) -> AsyncIterator[Rates]:
    found: Rates = LocalRates()
    if request.param == "redis":
        found = RedisRates(request.getfixturevalue("redis_url"), patience=REDIS_WITHIN)
    yield found
    await found.close()


@pytest.fixture
def key() -> str:
    """Tests share one Redis, but no keys."""
    return str(uuid4())


async def until_refused(rates: Rates, rate: Rate, key: str) -> float:
    """Take until nothing is granted any more; returns the seconds to wait."""
    while (wait := await rates.take((rate, key))) == 0:
        pass
    return wait


@pytest.mark.parametrize(("rate", "longest"), [(BUCKET, 100), (WINDOW, 100)])
async def test_as_many_are_granted_as_the_rate_has(rates: Rates, key: str, rate: Rate, longest: float) -> None:
    waits = [await rates.take((rate, key)) for _ in range(5)]
    assert waits[:3] == [0, 0, 0]
    assert all(longest / 2 < wait <= longest for wait in waits[3:])


@pytest.mark.parametrize("rate", SLOW)
async def test_many_at_once_are_no_way_around(rates: Rates, key: str, rate: Rate) -> None:
    waits = await asyncio.gather(*(rates.take((rate, key)) for _ in range(50)))
    assert waits.count(0) == 3


@pytest.mark.parametrize("rate", QUICK)
async def test_after_the_time_told_one_more_is_granted(rates: Rates, key: str, rate: Rate) -> None:
    wait = await until_refused(rates, rate, key)
    assert 0 < wait <= 0.2
    await asyncio.sleep(wait)
    assert await rates.take((rate, key)) == 0


@pytest.mark.parametrize("rate", SLOW)
async def test_keys_and_rates_do_not_share(rates: Rates, key: str, rate: Rate) -> None:
    await until_refused(rates, rate, key)
    assert await rates.take((rate, f"{key} of another")) == 0
    assert await rates.take((Bucket("another", burst=3, per_second=0.01), key)) == 0
    assert await rates.take((Window("another", most=3, seconds=100), key)) == 0


@pytest.mark.parametrize("full", SLOW)
@pytest.mark.parametrize("free", SLOW)
async def test_all_grant_or_none_is_taken_from(rates: Rates, key: str, free: Rate, full: Rate) -> None:
    await until_refused(rates, full, f"{key} full")
    for _ in range(3):
        assert await rates.take((free, key), (full, f"{key} full")) > 0
        assert await rates.take((full, f"{key} full"), (free, key)) > 0
    assert [await rates.take((free, key)) for _ in range(3)] == [0, 0, 0]


async def test_the_longest_wait_is_told(rates: Rates, key: str) -> None:
    await until_refused(rates, QUICK_WINDOW, key)
    await until_refused(rates, WINDOW, key)
    assert await rates.take((QUICK_WINDOW, key), (WINDOW, key), (QUICK_BUCKET, key)) > 50


async def test_nothing_to_take_is_granted(rates: Rates) -> None:
    assert await rates.take() == 0


@pytest.mark.parametrize("rate", SLOW)
async def test_a_pause_stops_its_claim_alone_and_the_latest_word_counts(rates: Rates, key: str, rate: Rate) -> None:
    await rates.pause(rate, key, 1000)
    assert 500 < await rates.take((rate, key)) <= 1000
    assert await rates.take((rate, f"{key} of another")) == 0
    await rates.pause(rate, key, 0.1)
    wait = await rates.take((rate, key))
    assert wait <= 0.1
    await asyncio.sleep(wait)
    assert await rates.take((rate, key)) == 0


async def test_what_is_given_back_is_granted_again(rates: Rates, key: str) -> None:
    await until_refused(rates, WINDOW, key)
    await rates.give_back(WINDOW, key)
    assert await rates.take((WINDOW, key)) == 0
    assert await rates.take((WINDOW, key)) > 0


@pytest.mark.parametrize("rate", SLOW)
async def test_what_is_forgotten_begins_anew(rates: Rates, key: str, rate: Rate) -> None:
    await until_refused(rates, rate, key)
    await rates.forget(rate, key)
    assert [await rates.take((rate, key)) for _ in range(3)] == [0, 0, 0]


async def test_giving_back_and_forgetting_what_is_not_there_is_harmless(rates: Rates, key: str) -> None:
    await rates.give_back(WINDOW, key)
    await rates.forget(WINDOW, key)
    await until_refused(rates, WINDOW, key)
    assert await rates.take((WINDOW, key)) > 0


@pytest.mark.parametrize("key", ["", "\ud800", "x" * 100_000, "a\nb\x00", "🦊"])
async def test_any_text_is_a_key(rates: Rates, key: str) -> None:
    rate = Window(f"any {uuid4()}", most=1, seconds=100)
    assert await rates.take((rate, key)) == 0
    assert await rates.take((rate, key)) > 0
