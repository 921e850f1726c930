"""What a process has leased is its own for as long as its connection lives, and nobody's after."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from sqlalchemy import text

from bot.storage import presence as presence_of
from bot.storage.presence import Presence
from bot.storage.store import Store
from tests.contract.storage.conftest import System

WITHIN = 30.0  # seconds, on a busy machine


class Leasing:
    """A process that wants to be the one who polls. `polls`: whether it is."""

    def __init__(self, presence: Presence) -> None:
        self.presence = presence
        self.polls = False
        self.jobs = [asyncio.create_task(presence.while_leased("poll", self._poll))]

    def look_after_itself(self) -> None:
        """Look from now on whether the connection is still there."""
        self.jobs.append(asyncio.create_task(self.presence.keep()))

    async def _poll(self) -> None:
        self.polls = True
        try:
            await asyncio.Event().wait()
        finally:
            self.polls = False

    async def stop(self) -> None:
        """Do nothing any more, and let go of everything."""
        for job in self.jobs:
            job.cancel()
        await asyncio.gather(*self.jobs, return_exceptions=True)
        self.presence.close()


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for long between two looks."""
    monkeypatch.setattr(presence_of, "LOOK_EVERY", 0.02)


@pytest.fixture
def shared(system: System) -> System:
    """Only a database that several processes share."""
    if not system.shared:
        pytest.skip("SQLite is worked on by one process")
    return system


async def until(so: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN):
        while not so():
            await asyncio.sleep(0.01)


async def end_connection_of(store: Store, presence: Presence) -> None:
    """As a server does that is restarted."""
    held = "FROM pg_locks WHERE locktype = 'advisory' AND objid = :number AND objsubid = 2"
    end = text(f"SELECT pg_terminate_backend(pid, 10000) {held}")
    ended = await store.read(lambda connection: connection.execute(end, {"number": presence.number}).scalars().all())
    assert ended == [True]


async def test_one_at_a_time_has_what_is_leased_and_the_next_when_it_stops(shared: System) -> None:
    first = Leasing(await shared.presence())
    await until(lambda: first.polls)
    second = Leasing(await shared.presence())
    await asyncio.sleep(0.2)  # ten looks
    assert not second.polls
    await first.stop()
    await until(lambda: second.polls)
    await second.stop()


async def test_who_loses_its_connection_stops_and_is_stood_in_for(shared: System) -> None:
    first = Leasing(await shared.presence())
    first.look_after_itself()
    await until(lambda: first.polls)
    number = first.presence.number
    await end_connection_of(shared.opened[0], first.presence)
    await until(lambda: first.presence.number not in (None, number))
    second = Leasing(await shared.presence())
    await until(lambda: first.polls != second.polls)
    await asyncio.sleep(0.2)
    assert first.polls != second.polls
    await first.stop()
    await until(lambda: second.polls)
    await second.stop()


async def test_a_connection_that_is_lost_leases_nothing_that_nobody_gives_back(shared: System) -> None:
    presence = await shared.presence()
    await end_connection_of(shared.opened[0], presence)
    first = Leasing(presence)  # asks before it has been noticed
    await asyncio.sleep(0.2)
    assert not first.polls
    first.look_after_itself()
    await until(lambda: first.polls)
    await first.stop()
    second = Leasing(await shared.presence())
    await until(lambda: second.polls)
    await second.stop()
