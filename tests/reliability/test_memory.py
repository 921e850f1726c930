"""What waits is in the database alone: a process that serves is as large with a hundred times as much to do. `FRONTLINE_SOAK=10` queues 100 000 messages."""

from __future__ import annotations

import asyncio
from pathlib import Path

import psutil
import pytest
from sqlalchemy import Engine, NullPool, create_engine

from bot.storage.intake import accept
from bot.storage.schema import upgrade
from bot.storage.store import Store
from tests.contract.storage.customers import said
from tests.e2e.conftest import serve, stop
from tests.homes import fresh_home
from tests.reliability.reckoning import settled, stored
from tests.reliability.scale import PATIENCE, scaled

FEW, MANY = 1_000, scaled(10_000)
TURNS = 60  # that are taken before each look, so that the process has done the same work both times
AT_ONCE = 200
AS_LARGE = 1.03


@pytest.mark.timeout(PATIENCE)
async def test_a_process_does_not_grow_with_what_waits(tmp_path: Path) -> None:
    home = fresh_home(tmp_path)
    url = f"sqlite:///{home}/frontline.db"
    engine = create_engine(url, poolclass=NullPool)
    upgrade(engine)
    queue(url, FEW)
    product = serve(home, FRONTLINE_RASA__ENABLED="false", FRONTLINE_MOST_WAITING=str(2 * MANY))
    try:
        await asyncio.to_thread(product.wait, rasa=False)
        for _ in range(2):  # the first turns load and learn what all others use
            await turns(engine)
        small = memory(product.process.pid)
        await asyncio.to_thread(queue, url, MANY, first=FEW)
        await turns(engine)
        large = memory(product.process.pid)
        waiting = stored(engine) - settled(engine)
    finally:
        stop(product)
    print(f"{small >> 20} MiB with few, {large >> 20} MiB with {waiting} that wait")
    assert waiting > MANY / 2
    assert large < small * AS_LARGE


def queue(url: str, number: int, *, first: int = 0) -> None:
    """So many customers have said something."""
    store = Store(url, reserve_bytes=0, patience=60)
    for begin in range(first, first + number, AT_ONCE):
        events = [said(chat, 1, channel="web") for chat in range(begin, begin + AT_ONCE)]
        store.submit(lambda connection, events=events: accept(connection, events)).result()
    store.close()


async def turns(engine: Engine) -> None:
    """Wait until some more have been taken."""
    goal = settled(engine) + TURNS
    while settled(engine) < goal:
        await asyncio.sleep(0.1)


def memory(pid: int) -> int:
    """Bytes that a process has in memory."""
    return int(psutil.Process(pid).memory_info().rss)
