"""Figures that cost something are made once for many who ask."""

from __future__ import annotations

import math
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import count

from bot.web.metrics.kept import Kept


def test_many_who_ask_at_once_and_again_are_told_the_same() -> None:
    numbers = count(1)
    kept = Kept(lambda: next(numbers))
    with ThreadPoolExecutor(8) as threads:
        assert {one.result() for one in [threads.submit(kept.get) for _ in range(50)]} == {1}


def test_who_asks_does_not_wait_for_what_takes_long() -> None:
    go_on = threading.Event()
    kept = Kept(lambda: go_on.wait(30) and "made", patience=0.0)
    assert kept.get() is None
    go_on.set()
    while (found := kept.get()) is None:
        pass
    assert found == "made"


def test_while_a_new_one_is_made_the_one_before_is_told() -> None:
    go_on, numbers = threading.Event(), count(1)

    def compute() -> int:
        number = next(numbers)
        if number == 2:
            go_on.wait(30)
        return number

    kept = Kept(compute, at_least=0.0, share=math.inf, patience=0.0)
    while kept.get() is None:
        pass
    assert kept.get() == 1
    go_on.set()
    while kept.get() == 1:
        pass


def test_what_cannot_be_made_is_missing_until_it_can() -> None:
    numbers = count(1)

    def compute() -> int:
        if (number := next(numbers)) == 2:
            raise OSError("away")
        return number

    kept = Kept(compute, at_least=0.0, share=math.inf)
    assert [kept.get() for _ in range(3)] == [1, None, 3]
