"""Rates within one process, to the second, with a clock that tests turn by hand."""

from __future__ import annotations

import pytest

from bot.rates import MAX_KEYS, Bucket, LocalRates, Window
from tests.clock import Clock

BUCKET = Bucket("bucket", burst=3, per_second=0.5)
WINDOW = Window("window", most=3, seconds=10)


async def test_a_bucket_grants_a_burst_and_then_its_rate() -> None:
    clock = Clock()
    rates = LocalRates(clock)
    assert [await rates.take((BUCKET, "a")) for _ in range(5)] == [0, 0, 0, 2, 2]
    clock.now += 1.5
    assert await rates.take((BUCKET, "a")) == 0.5
    clock.now += 0.5
    assert [await rates.take((BUCKET, "a")) for _ in range(2)] == [0, 2]


async def test_a_rest_does_not_save_up_more_than_a_burst() -> None:
    clock = Clock()
    rates = LocalRates(clock)
    await rates.take((BUCKET, "a"))
    clock.now += 3600
    assert [await rates.take((BUCKET, "a")) for _ in range(4)] == [0, 0, 0, 2]


async def test_no_window_holds_more_than_its_most() -> None:
    clock = Clock()
    rates = LocalRates(clock)
    granted = []
    while clock.now < 100:
        if await rates.take((WINDOW, "a")) == 0:
            granted.append(clock.now)
        clock.now += 0.5
    assert granted == [begin + late for begin in range(0, 100, 10) for late in (0, 0.5, 1)]


async def test_a_refused_claim_takes_nothing_from_the_others() -> None:
    clock = Clock()
    rates = LocalRates(clock)
    for _ in range(3):
        await rates.take((WINDOW, "full"))
    clock.now += 4
    assert await rates.take((BUCKET, "a"), (WINDOW, "full")) == 6
    assert [await rates.take((BUCKET, "a")) for _ in range(4)] == [0, 0, 0, 2]


@pytest.mark.parametrize("rate", [BUCKET, WINDOW])
async def test_memory_is_bounded_and_keeps_what_is_in_use(rate: Bucket | Window) -> None:
    rates = LocalRates(Clock())
    other = Window("other", most=1, seconds=10)
    await rates.take((other, "quiet"))
    for number in range(MAX_KEYS + 10):
        await rates.take((rate, str(number)))
        await rates.take((rate, "busy"))
    assert await rates.take((rate, "busy")) > 0
    assert await rates.take((other, "quiet")) > 0  # a flood of one rate's keys leaves other rates alone
    assert [await rates.take((rate, "0")) for _ in range(3)] == [0, 0, 0]
