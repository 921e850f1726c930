import pytest

from bot.brain.breaker import Breaker
from bot.errors import BrainUnavailable


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def tripped(clock: Clock) -> Breaker:
    breaker = Breaker(limit=3, rest=5.0, clock=clock)
    for _ in range(3):
        breaker.check()
        breaker.failed()
    return breaker


def test_it_opens_after_failures_in_a_row_and_a_success_between_them_counts() -> None:
    breaker = Breaker(limit=3, rest=5.0, clock=Clock())
    for _ in range(5):
        breaker.failed()
        breaker.failed()
        breaker.succeeded()
    assert breaker.lets_through
    assert not tripped(Clock()).lets_through


def test_after_its_rest_a_single_call_tries_again() -> None:
    clock = Clock()
    breaker = tripped(clock)
    clock.now += 5.0
    breaker.check()
    assert not breaker.lets_through
    with pytest.raises(BrainUnavailable):
        breaker.check()
    breaker.succeeded()
    breaker.check()


def test_a_trial_that_fails_keeps_it_open_for_another_rest() -> None:
    clock = Clock()
    breaker = tripped(clock)
    clock.now += 5.0
    breaker.check()
    breaker.failed()
    clock.now += 4.9
    assert not breaker.lets_through
    clock.now += 0.1
    assert breaker.lets_through
