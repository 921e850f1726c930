"""Two real Rasa processes, killed while customers are in the middle of a form: everyone goes on where they stood, and nothing comes twice."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections import Counter
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.cast import Agent, Customer
from tests.e2e.conftest import Served, rasas_of, serve, stop
from tests.homes import fresh_home

pytestmark = pytest.mark.timeout(400)  # two of them load at once
UP_WITHIN = 180.0
REPORTS = 8
SINCE, SCOPE = "gestern abend", "nur das festnetz im keller"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    found = serve(fresh_home(tmp_path_factory.mktemp("home")), FRONTLINE_RASA__PROCESSES="2")
    try:
        found.wait(rasa=2, seconds=UP_WITHIN)
        found.learn_password()
        yield found
    finally:
        assert stop(found) < 10


def run(story: Coroutine[Any, Any, None]) -> None:
    """In a thread of its own: Playwright keeps a loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, story).result()


def kill(served: Served, count: int) -> None:
    for rasa in rasas_of(served)[:count]:
        os.kill(rasa.pid, signal.SIGKILL)


async def customers(served: Served, stack: contextlib.AsyncExitStack, count: int) -> list[Customer]:
    return [await stack.enter_async_context(Customer(served.url)) for _ in range(count)]


async def half_a_report(customer: Customer) -> None:
    await customer.press("report_fault")
    [asked] = await customer.say(SINCE)
    assert "betroffen" in asked["text"]


async def cases_of(agent: Agent) -> list[dict[str, Any]]:
    return [await agent.case(row["id"]) for row in await agent.queue()]


def brains(case: dict[str, Any]) -> list[str]:
    return [item["brain"] for item in case["items"] if item["from"] == "customer"]


async def all_done(agent: Agent) -> None:
    for row in await agent.queue():
        await agent.act(row["id"], "claim")
        await agent.act(row["id"], "resolve")


def test_reports_are_finished_while_one_of_two_is_killed(served: Served) -> None:
    async def story() -> None:
        async with contextlib.AsyncExitStack() as stack, Agent(served.url, "admin", served.password) as agent:
            reporting = await customers(served, stack, REPORTS)
            await asyncio.gather(*(half_a_report(one) for one in reporting))
            finishing = [asyncio.create_task(one.say(SCOPE)) for one in reporting]
            await asyncio.wait(finishing, return_when=asyncio.FIRST_COMPLETED)
            kill(served, 1)  # in the middle of the others' turns
            said = [await one for one in finishing]
            assert all("aufgenommen" in replies[-1]["text"] for replies in said)
            cases = await cases_of(agent)
            assert len(cases) == REPORTS, "one each"
            for case in cases:
                assert case["case"]["evidence"]["fault"] == {"since": SINCE, "scope": SCOPE}
                assert brains(case) == ["rasa", "rasa", "rasa"]
                asked = Counter(item["text"] for item in case["items"] if item["from"] != "customer")
                assert max(asked.values()) == 1, "nothing comes twice"
            await all_done(agent)

    run(story())


def test_with_both_killed_what_is_told_reaches_a_person_and_what_is_not_goes_on(served: Served) -> None:
    async def story() -> None:
        async with contextlib.AsyncExitStack() as stack, Agent(served.url, "admin", served.password) as agent:
            reporting, leaving, patient = await customers(served, stack, 3)
            await half_a_report(reporting)
            await leaving.press("leave_contact")
            await half_a_report(patient)
            kill(served, 2)
            [word] = await reporting.say(SCOPE)
            assert "dauert gerade etwas länger" in word["text"]
            assert "melden uns dort" in (await leaving.say("anna.muster@example.org"))[0]["text"]
            told = {case["case"]["reason"]: case for case in await cases_of(agent)}
            assert told["brain_down"]["case"]["evidence"]["fault"] == {"since": SINCE, "scope": SCOPE}
            assert told["contact"]["conversation"]["contact"] == "anna.muster@example.org"
            assert {case["items"][-2]["brain"] or brains(case)[-1] for case in told.values()} == {"local"}
            await all_done(agent)

            await asyncio.to_thread(served.wait, rasa=True, seconds=UP_WITHIN)
            await patient.say(SCOPE)
            [case] = await cases_of(agent)
            assert case["case"]["reason"] == "fault"
            assert case["case"]["evidence"]["fault"] == {"since": SINCE, "scope": SCOPE}
            assert brains(case) == ["rasa", "rasa", "rasa"]
            await all_done(agent)

    run(story())
