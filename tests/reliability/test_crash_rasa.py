"""Rasa dies twice and once the whole front line with it, while customers are in the middle of a form: each brings it to its end."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from bot.delivery.supervisor import free_port
from bot.storage.engines import make_engine
from tests.cast import Customer
from tests.e2e.conftest import rasa_of, serve, wait_for_another
from tests.homes import fresh_home
from tests.reliability.reckoning import check_answered, check_ledger, open_work
from tests.reliability.scale import PATIENCE, scaled

CUSTOMERS = scaled(3)  # in each of three rounds
THANKS = "wir melden uns dort"


@pytest.mark.timeout(PATIENCE)
async def test_a_form_is_brought_to_its_end_whoever_dies(tmp_path: Path) -> None:
    home, port = fresh_home(tmp_path), free_port()
    engine = make_engine(f"sqlite:///{home}/frontline.db")
    served = serve(home, port=port)
    try:
        await asyncio.to_thread(served.wait, rasa=True, seconds=PATIENCE)
        async with AsyncExitStack() as stack:
            rounds = [
                [await stack.enter_async_context(Customer(served.url)) for _ in range(CUSTOMERS)] for _ in range(3)
            ]
            for customer in (one for some in rounds for one in some):
                await customer.press("leave_contact")
            for some in rounds[:2]:
                rasa = rasa_of(served)
                rasa.kill()
                await asyncio.to_thread(wait_for_another, served, rasa.pid)
                await _leave_a_contact(some)
            served.process.kill()  # and Rasa dies with it
            served.process.wait()
            served = serve(home, port=port)
            await asyncio.to_thread(served.wait, rasa=True, seconds=PATIENCE)
            await _leave_a_contact(rounds[2])
        assert open_work(engine) == 0
    finally:
        served.process.kill()
        served.process.wait()
    check_answered(engine)
    engine.dispose()
    check_ledger(home)


async def _leave_a_contact(customers: list[Customer]) -> None:
    """What was asked before the blow is answered after it."""
    for number, customer in enumerate(customers):
        said = await customer.say(f"anna.{number}@example.org")
        assert THANKS in " ".join(item["text"] for item in said), said
