"""Two processes with doors and two that work, on one PostgreSQL and one Redis: any of them may die or stand still, and everything goes on.

Nothing is started again before the others have shown that they go on without it; PostgreSQL is, for there is only one. A process that
stood still comes back when all its work is long done by another.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random
from typing import TypeVar

import psycopg
import pytest
from sqlalchemy import Engine, NullPool, create_engine, select
from sqlalchemy.exc import DBAPIError

from bot.storage.tables import process
from tests.e2e.conftest import Served, serve
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.homes import fresh_home
from tests.reliability.crowd import Crowd
from tests.reliability.reckoning import (
    check_answered,
    check_ledger,
    check_received,
    check_replies_final,
    check_sent,
    hold_back,
    open_work,
    processes,
    rows_of,
    settled,
    uncertain,
)
from tests.reliability.scale import PATIENCE, chance, scaled
from tests.servers import PostgresServer, RedisServer, postgres_server, redis_server

ROLES = ("web", "web", "worker", "worker")
CHATS, PAGES = (20, scaled(10)), (40, scaled(20))  # how many, and how much each has to say
BACKLOG = 100
PROGRESS = 5  # messages that are settled after a blow, to show that it goes on
T = TypeVar("T")


class Fleet:
    """The processes, and the blows that fall."""

    def __init__(self, home: Path, postgres: PostgresServer, redis: RedisServer, telegram: FakeTelegram) -> None:
        self._home = home
        self._postgres = postgres
        self._redis = redis
        self.url = postgres.database()
        self.engine = create_engine(self.url, poolclass=NullPool)  # no connection outlives a blow
        self._environment = {
            "FRONTLINE_DATABASE_URL": self.url,
            "FRONTLINE_REDIS_URL": redis.url,
            "FRONTLINE_RASA__ENABLED": "false",
            "FRONTLINE_TELEGRAM__TOKEN": TOKEN,
            "FRONTLINE_TELEGRAM__BASE_URL": telegram.base_url,
        }
        self.served: list[Served] = []

    @property
    def doors(self) -> list[str]:
        """Where customers can come in."""
        return [one.url for one, role in zip(self.served, ROLES, strict=True) if role == "web"]

    async def start(self) -> None:
        """Start all of them, one after the other, for the first prepares the home."""
        for role in ROLES:
            self.served.append(serve(self._home, FRONTLINE_ROLE=role, **self._environment))
        for one in self.served:
            await asyncio.to_thread(one.wait, rasa=False, seconds=PATIENCE)

    def end(self) -> None:
        """Kill what is left."""
        for one in self.served:
            one.process.kill()
            one.process.wait()
        self.engine.dispose()

    async def goes_on(self) -> None:
        """Wait until some more messages are settled than now, or there are none left."""
        goal = await self.told(settled) + PROGRESS
        while await self.told(settled) < goal and await self.told(open_work):
            await asyncio.sleep(0.1)

    async def told(self, question: Callable[[Engine], T]) -> T:
        """What the database says, once it can: a crash ends connections a moment after the blow, ours as well."""
        while True:
            with contextlib.suppress(DBAPIError):
                return await asyncio.to_thread(question, self.engine)
            await asyncio.sleep(0.1)

    async def dies(self, number: int) -> None:
        """A process is killed, the others go on, it comes back at the same address."""
        gone = self.served[number]
        gone.process.kill()
        gone.process.wait()
        await self.goes_on()
        port = int(gone.url.rpartition(":")[2])
        self.served[number] = serve(self._home, port=port, FRONTLINE_ROLE=ROLES[number], **self._environment)

    async def stands_still(self, number: int) -> None:
        """A process stops as if frozen until the others have taken its work; then it goes on as if nothing had been."""
        frozen = self.served[number].process
        numbers = select(process.c.id).where(process.c.pid == frozen.pid)
        known = await self.told(lambda engine: {row.id for row in rows_of(engine, numbers)})
        frozen.send_signal(signal.SIGSTOP)
        while known & await self.told(processes):
            await asyncio.sleep(0.2)
        await self.goes_on()
        frozen.send_signal(signal.SIGCONT)
        await self.goes_on()

    async def redis_dies(self) -> None:
        """Redis goes and comes back, with nothing in it."""
        self._redis.stop()
        await self.goes_on()
        self._redis.start()
        await self.goes_on()

    async def postgresql_is_restarted(self) -> None:
        """All connections end; everything waits for it."""
        await asyncio.to_thread(self._postgres.stop)
        await asyncio.to_thread(self._postgres.start)
        self.engine.dispose()
        await self.goes_on()

    async def postgresql_crashes(self) -> None:
        """One of its backends is killed, upon which it ends all of them and recovers from its log."""
        with psycopg.connect(self.url.replace("+psycopg", ""), autocommit=True) as connection:
            others = "SELECT pid FROM pg_stat_activity WHERE application_name = 'frontline' ORDER BY random() LIMIT 1"
            row = connection.execute(others).fetchone()
        assert row is not None
        os.kill(row[0], signal.SIGKILL)
        self.engine.dispose()
        await asyncio.to_thread(self._postgres.wait)
        await self.goes_on()


def blows(fleet: Fleet, random: Random) -> list[Callable[[], Awaitable[None]]]:
    """Each kind once, in any order."""
    found: list[Callable[[], Awaitable[None]]] = [
        *(lambda number=number: fleet.dies(number) for number in range(len(ROLES))),
        lambda: fleet.stands_still(random.choice((2, 3))),
        lambda: fleet.stands_still(random.choice((2, 3))),
        fleet.redis_dies,
        fleet.postgresql_is_restarted,
        fleet.postgresql_crashes,
    ]
    random.shuffle(found)
    return found


@pytest.mark.timeout(PATIENCE)
async def test_whatever_dies_or_stands_still_the_others_go_on_and_nothing_is_lost(tmp_path: Path) -> None:
    random = chance()
    with postgres_server() as postgres, redis_server(tmp_path) as redis:
        async with FakeTelegram(lag=0.05) as telegram:
            fleet = Fleet(fresh_home(tmp_path / "home"), postgres, redis, telegram)
            try:
                await fleet.start()
                crowd = Crowd(telegram, fleet.doors, random, chats=CHATS, pages=PAGES)
                await _under_blows(fleet, crowd, telegram, blows(fleet, random) * scaled(1))
                print(f"{crowd.messages} messages; {uncertain(fleet.engine)} replies are uncertain")
                check_received(fleet.engine, crowd.said)
                check_answered(fleet.engine)
                check_replies_final(fleet.engine)
                check_sent(fleet.engine, telegram, late=True)  # who stood still goes on sending what it had begun
                check_ledger(tmp_path / "home", FRONTLINE_DATABASE_URL=fleet.url)
            finally:
                fleet.end()


async def _under_blows(
    fleet: Fleet, crowd: Crowd, telegram: FakeTelegram, falling: list[Callable[[], Awaitable[None]]]
) -> None:
    async with asyncio.TaskGroup() as beside:
        writing = beside.create_task(crowd.write())
        holding = beside.create_task(hold_back(crowd, fleet.engine, BACKLOG))
        for number, blow in enumerate(falling):
            await crowd.until(number / len(falling))
            await blow()
        await writing
        while await fleet.told(open_work) or telegram.updates:
            await asyncio.sleep(0.2)
        holding.cancel()
