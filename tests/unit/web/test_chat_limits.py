"""Token buckets: a burst, then a steady rate, each key for itself."""

from __future__ import annotations

import pytest

from bot.errors import RequestRejected
from bot.web.chat.limits import MAX_KEYS, Buckets, Limits, Rate


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_granted_and_then_the_rate() -> None:
    clock = Clock()
    buckets = Buckets(Rate(burst=2, per_second=0.5), clock)
    assert [buckets.take("a"), buckets.take("a")] == [0, 0]
    assert buckets.take("a") == pytest.approx(2)
    clock.now += 2
    assert buckets.take("a") == 0


def test_keys_do_not_share() -> None:
    buckets = Buckets(Rate(1, 1), Clock())
    assert [buckets.take("a"), buckets.take("b")] == [0, 0]


def test_a_rest_does_not_save_up_more_than_a_burst() -> None:
    clock = Clock()
    buckets = Buckets(Rate(1, 1), clock)
    clock.now += 3600
    assert buckets.take("a") == 0
    assert buckets.take("a") > 0


def test_memory_is_bounded() -> None:
    buckets = Buckets(Rate(1, 0.001), Clock())
    buckets.take("first")
    for number in range(MAX_KEYS):
        buckets.take(str(number))
    assert buckets.take("first") == 0


def test_too_many_is_refused_with_the_time_to_wait() -> None:
    limits = Limits(messages=Rate(1, 0.1))
    limits.message("visitor", "192.0.2.1")
    with pytest.raises(RequestRejected, match="try again in 10 s") as caught:
        limits.message("visitor", "192.0.2.1")
    assert caught.value.status == 429


def test_this_machine_has_no_limit_of_its_own() -> None:
    limits = Limits(starts_of_address=Rate(1, 0.001))
    for _ in range(3):
        limits.start(None)
