"""What only one of several processes may do at a time: the others wait, and are not sent away for waiting."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text

from bot.storage.locks import held_by_one, hold
from tests.contract.storage.conftest import System

PATIENCE = "20ms"  # of this test's connections, for any other lock


@pytest.fixture
async def impatient(system: System) -> AsyncIterator[Engine]:
    """Connections that give up soon where anything makes them wait."""
    if not system.shared:
        pytest.skip("SQLite has one writer")
    options = f"-c lock_timeout={PATIENCE} -c statement_timeout={PATIENCE}"
    engine = create_engine(system.url, connect_args={"options": options})
    yield engine
    engine.dispose()


async def _take_long(engine: Engine, second: asyncio.Task[Any]) -> None:
    """Have the second wait, and for longer than usual."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while (
            not second.done()
            and not connection.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar()
        ):
            await asyncio.sleep(0.005)
    await asyncio.sleep(0.1)


async def test_a_unit_waits_for_another_s(impatient: Engine) -> None:
    def unit() -> str:
        with impatient.begin() as connection:
            hold(connection, "answers")
            return str(connection.execute(text("SHOW lock_timeout")).scalar())

    with impatient.begin() as connection:
        hold(connection, "answers")
        second = asyncio.create_task(asyncio.to_thread(unit))
        await _take_long(impatient, second)
    assert await second == PATIENCE


async def test_who_holds_something_alone_may_take_long_over_it(impatient: Engine) -> None:
    def second() -> bool:
        with impatient.connect() as connection, held_by_one(connection, "schema"):
            return True

    with impatient.connect() as connection:
        with held_by_one(connection, "schema"):
            waiting = asyncio.create_task(asyncio.to_thread(second))
            await _take_long(impatient, waiting)
            connection.execute(text("SELECT pg_sleep(0.1)"))
        assert await waiting
        assert connection.execute(text("SHOW statement_timeout")).scalar() == PATIENCE
