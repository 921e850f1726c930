"""The process as an operator lives with it: quick to serve, quick to end, and Rasa may die."""

from __future__ import annotations

import asyncio
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil

from tests.cast import Customer
from tests.e2e.conftest import rasa_of, serve, stop, wait_for_another
from tests.homes import fresh_home


def greeted(url: str) -> str:
    """What a new customer hears who says hello. In a thread of its own: Playwright keeps a loop in this one."""

    async def greet() -> str:
        async with Customer(url) as customer:
            replies = await customer.say("hallo")
            return str(replies[-1]["text"])

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, greet()).result()


def test_customers_are_served_before_rasa_is_up_while_it_is_dead_and_after(tmp_path: Path) -> None:
    served = serve(fresh_home(tmp_path))
    try:
        served.wait(rasa=False)
        assert served.health()["rasa"] is False  # the local brain is first at work
        assert greeted(served.url)

        served.wait(rasa=True)
        first = rasa_of(served)
        os.kill(first.pid, signal.SIGKILL)
        assert greeted(served.url)

        wait_for_another(served, first.pid)
        assert greeted(served.url)
    finally:
        rasa = rasa_of(served)
        took = stop(served)
    assert took < 10
    assert served.process.returncode == 0
    assert not psutil.pid_exists(rasa.pid)


def test_rasa_dies_with_its_parent(tmp_path: Path) -> None:
    served = serve(fresh_home(tmp_path))
    served.wait(rasa=True)
    rasa = rasa_of(served)
    os.kill(served.process.pid, signal.SIGKILL)
    served.process.wait()
    rasa.wait(10)
    assert not rasa.is_running()


def test_a_second_front_line_on_the_same_home_is_refused_with_a_hint(tmp_path: Path) -> None:
    served = serve(fresh_home(tmp_path), FRONTLINE_RASA__ENABLED="false")
    try:
        served.wait(rasa=False)
        second = serve(tmp_path, FRONTLINE_RASA__ENABLED="false")
        assert second.process.wait(30) == 1
        assert "FRONTLINE_HOME" in (tmp_path / "serve.log").read_text().replace("\n", "")
    finally:
        stop(served)
