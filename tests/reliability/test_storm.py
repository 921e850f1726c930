"""Every update is delivered three times, at once, by two processes and in any order: it is stored once and answered once."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, func, select

from bot.storage.tables import message, reply
from tests.contract.storage.customers import accept, said
from tests.reliability.lone_house import LoneHouse, Wire
from tests.reliability.scale import PATIENCE, chance, scaled
from tests.servers import PostgresServer

TIMES, CHATS = 3, 200
UPDATES = scaled(10_000) // TIMES
STANDS_STILL = 30.0  # seconds without anything that happens
AT_ONCE = 50  # requests at each process


@pytest.mark.timeout(PATIENCE)
async def test_on_sqlite_an_update_delivered_three_times_counts_once(tmp_path: Path) -> None:
    await _storm(f"sqlite:///{tmp_path}/front.db", processes=1)


@pytest.mark.timeout(PATIENCE)
async def test_on_postgresql_an_update_delivered_three_times_counts_once(postgres: PostgresServer) -> None:
    await _storm(postgres.database(), processes=2)


def _answered(connection: Connection) -> int:
    """How many messages are."""
    return int(connection.execute(select(func.count()).where(message.c.state == "answered")).scalar_one())


def _left(connection: Connection) -> list[Any]:
    """What has not come to its end, and whose it is."""
    return [
        connection.execute(
            select(table.c.id, table.c.state, table.c.state_reason, table.c.process_id).where(open_)
        ).all()
        for table, open_ in ((message, message.c.state != "answered"), (reply, reply.c.state != "sent"))
    ]


async def _storm(url: str, *, processes: int) -> None:
    deliveries = [said(number % CHATS, number) for number in range(UPDATES)] * TIMES
    chance().shuffle(deliveries)
    waiting = iter(deliveries)
    wire = Wire()

    async def deliver(house: LoneHouse) -> None:
        for event in waiting:
            await house.store.write(accept(event), intake=True)
            house.live.tell("inbox")

    async with AsyncExitStack() as stack:
        houses = [await stack.enter_async_context(LoneHouse(url, wire=wire)) for _ in range(processes)]
        await asyncio.gather(*(deliver(house) for house in houses for _ in range(AT_ONCE)))
        store = houses[0].store
        progress, since = (-1, -1), time.monotonic()
        while (done := (await store.read(_answered), len(wire.arrived))) != (UPDATES, UPDATES):
            for house in houses:
                house.check_alive()
            progress, since = (done, time.monotonic()) if done != progress else (progress, since)
            if time.monotonic() - since > STANDS_STILL:
                pytest.fail(f"{done} of {UPDATES}; left: {await store.read(_left)}")
            await asyncio.sleep(0.1)
        stored = await store.read(lambda connection: connection.execute(select(message.c.vendor_id)).scalars().all())
        answered = await store.read(lambda connection: connection.execute(select(reply.c.message_id)).scalars().all())
    assert sorted(map(int, stored)) == list(range(UPDATES))
    assert max(Counter(answered).values()) == 1
    assert len(answered) == len(wire.arrived) == len(set(wire.arrived)) == UPDATES
