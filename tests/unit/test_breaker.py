"""Who has just failed is left alone, and then asked once."""

from __future__ import annotations

from bot.breaker import Breaker
from tests.clock import Clock


def tired(clock: Clock) -> Breaker:
    """A breaker whose server has failed once too often."""
    breaker = Breaker(limit=2, rest=5, clock=clock)
    breaker.failed()
    assert breaker.lets_through()
    breaker.failed()
    return breaker


def test_after_a_rest_one_call_tries_and_the_others_wait_for_it() -> None:
    clock = Clock()
    breaker = tired(clock)
    assert not breaker.lets_through()
    clock.now += 5
    assert [breaker.lets_through(), breaker.lets_through()] == [True, False]


def test_success_lets_everybody_through() -> None:
    clock = Clock()
    breaker = tired(clock)
    clock.now += 5
    assert breaker.lets_through()
    breaker.succeeded()
    assert [breaker.lets_through(), breaker.lets_through()] == [True, True]


def test_a_failed_try_begins_a_new_rest() -> None:
    clock = Clock()
    breaker = tired(clock)
    clock.now += 5
    assert breaker.lets_through()
    breaker.failed()
    clock.now += 4
    assert not breaker.lets_through()


def test_a_try_that_nobody_ended_does_not_keep_others_out_for_ever() -> None:
    clock = Clock()
    breaker = tired(clock)
    clock.now += 5
    assert breaker.lets_through()
    clock.now += 5
    assert breaker.lets_through()
