"""SIGTERM under load, with more to do than may wait: it ends in order, and whoever starts next finds nothing lost, doubled or out of order.

Few messages may wait, so that doors are shut and pollers wait again and again meanwhile, also in the moment of the end.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine

from tests.fakes.telegram import FakeTelegram
from tests.homes import fresh_home
from tests.reliability.crowd import Crowd
from tests.reliability.reckoning import (
    check_answered,
    check_ledger,
    check_received,
    check_replies_final,
    check_sent,
    open_work,
    uncertain,
)
from tests.reliability.restarted import Restarted
from tests.reliability.scale import PATIENCE, chance, scaled

STOPS = scaled(1)
CHATS, PAGES = (15, scaled(4)), (15, scaled(4))  # how many, and how much each has to say
MOST_WAITING = 30


@pytest.mark.parametrize("system", ["sqlite", "postgresql"])
@pytest.mark.timeout(PATIENCE)
async def test_who_is_told_to_stop_under_load_does_and_nothing_is_lost(
    system: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    home, random = fresh_home(tmp_path), chance()
    url = f"sqlite:///{home}/frontline.db"
    if system == "postgresql":
        url = request.getfixturevalue("postgres").database()
    database = {"FRONTLINE_DATABASE_URL": url}
    engine = create_engine(url, poolclass=NullPool)
    async with FakeTelegram(lag=0.05) as telegram, asyncio.TaskGroup() as beside:
        product = Restarted(home, telegram, engine, FRONTLINE_MOST_WAITING=str(MOST_WAITING), **database)
        crowd = Crowd(telegram, [product.url], random, chats=CHATS, pages=PAGES)
        pushing = beside.create_task(telegram.keep_pushing())
        await product.start()
        try:
            writing = beside.create_task(crowd.write())
            for number in range(STOPS):
                await crowd.until((number + random.random()) / STOPS)
                assert await product.stop() == 0
                await product.start()
            await writing
            while await asyncio.to_thread(open_work, engine) or telegram.updates:
                await asyncio.sleep(0.1)
        finally:
            pushing.cancel()
            await product.stop()
    print(f"{crowd.messages} messages; {product.under_way} sends were left, {uncertain(engine)} replies are uncertain")
    assert "backlog.full" in (home / "serve.log").read_text()
    assert uncertain(engine) <= product.under_way
    assert telegram.mistakes == []
    check_received(engine, crowd.said)
    check_answered(engine)
    check_replies_final(engine)
    check_sent(engine, telegram)
    check_ledger(home, **database)
