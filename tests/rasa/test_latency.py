"""How long a turn takes. Printed, not asserted: a shared machine drifts threefold."""

from __future__ import annotations

import statistics
import sys
import time

import pytest

from tests.rasa.customer import Customer

TURNS = 200


async def test_a_long_conversation_is_answered_to_its_end(
    customer: Customer, capsys: pytest.CaptureFixture[str]
) -> None:
    milliseconds = []
    for _ in range(TURNS):
        started = time.perf_counter()
        assert await customer.hears("hallo") == [{"act": "small_talk", "intent": "greet"}]
        milliseconds.append((time.perf_counter() - started) * 1000)
    cuts = statistics.quantiles(milliseconds, n=100)
    first, last = statistics.median(milliseconds[:50]), statistics.median(milliseconds[-50:])
    with capsys.disabled():
        sys.stdout.write(
            f"\nturn: p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms; first 50 {first:.1f}, last 50 {last:.1f}\n"
        )
