"""What a soak says of its course."""

from __future__ import annotations

import pytest

from bench.soak.course import Course, Sample, rates


def _samples(*messages: int, memory: int = 100_000_000) -> list[Sample]:
    return [
        Sample(2.0 * place, number, 0, memory + place * 1_000_000, 5_000 * number)
        for place, number in enumerate(messages)
    ]


def test_rates_are_between_one_moment_and_the_next() -> None:
    assert rates(_samples(0, 10, 10, 50)) == pytest.approx([0, 5, 0, 20])
    assert rates(_samples(3)) == [0]


def test_growth_is_told_by_quarters_and_by_message() -> None:
    course = Course()
    course.samples = _samples(0, 100, 200, 300, 400, 500, 600, 1000)
    assert course.grown() == "memory 100 → 106 MB (first and last quarter), disk +5.0 MB, 5.0 kB a message"


def test_a_soak_that_ended_at_once_has_still_something_to_tell() -> None:
    course = Course()
    course.samples = _samples(7)
    assert course.grown() == "memory 100 → 100 MB (first and last quarter), disk +0.0 MB"
