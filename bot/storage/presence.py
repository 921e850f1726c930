"""Which processes are alive, as the database sees it.

Each process that works on messages has a number, and holds a lock of that number on a connection of its own (PostgreSQL, "Advisory Locks"). The server lets go of
it when the connection ends: at once when the process dies, within `engines.CUT_OFF_AFTER` seconds when its host is cut off. A process that stands still has a kernel that
answers for it; so the server also ends that connection once nothing has been asked on it for `engines.STANDS_STILL_AFTER` seconds ("idle_session_timeout", PostgreSQL
14 and later). The server alone decides who is dead; and who was not notices, comes back under another number, and what it began under the first changes nothing any more.

SQLite is worked on by one process: every other number is dead.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import socket
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

import structlog
from sqlalchemy import Connection, delete, func, select, text

from bot.storage.engines import APPLICATION, STANDS_STILL_AFTER, told_plainly
from bot.storage.opening import once_there
from bot.storage.rows import now
from bot.storage.statements import insert_row
from bot.storage.store import Store
from bot.storage.tables import process

T = TypeVar("T")
_LOG = structlog.get_logger()
_ALIVE, _LEASED = 1_179_796_558, 1_179_796_559  # first keys of our advisory locks
LOOK_EVERY = 2.0  # seconds
_NOT_SILENT_FOR_LONG = text(f"SET idle_session_timeout = '{STANDS_STILL_AFTER}s'")


class Presence:
    """This process among those that share a database. Its `number` is None while it has none: nothing is begun then."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._connection: Connection | None = None
        self._one_at_a_time = asyncio.Lock()  # what is asked on the connection
        self._lost = asyncio.Event()
        self.number: int | None = None

    async def enter(self) -> None:
        """Take a number; waits for the database."""
        self.number = await once_there(partial(self._ask, self._enter))

    async def keep(self) -> None:
        """Look after the number until cancelled, and take another where it is lost."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            if not await self._ask(self._is_here):
                _LOG.warning("presence.lost", number=self.number)
                self.number = None
                await self._ask(self._let_go)
                self._lost.set()
                self._lost = asyncio.Event()
                await self.enter()

    async def while_leased(self, name: str, job: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run `job` while this process is the one that holds `name`, among all that share the database; returns when the job does."""
        while True:
            lost = self._lost  # looked at first: what is lost while we ask was not leased
            if not await self._ask(self._leased, name):
                await asyncio.sleep(LOOK_EVERY)
                continue
            running, losing = asyncio.ensure_future(job()), asyncio.ensure_future(lost.wait())
            try:
                await asyncio.wait((running, losing), return_when=asyncio.FIRST_COMPLETED)
                if running.done():
                    return running.result()
            finally:
                for task in (running, losing):
                    task.cancel()
                    with suppress(asyncio.CancelledError):
                        await task

    def close(self) -> None:
        """Let go of the number and all that was leased."""
        self.number = None
        self._let_go()

    async def _ask(self, question: Callable[..., T], *arguments: Any) -> T:
        async with self._one_at_a_time:
            return await asyncio.to_thread(question, *arguments)

    def _enter(self) -> int:
        if not self._store.shared:
            return self._store.submit(_register).result()
        try:
            self._connection = self._store.engine.connect()
            self._connection.detach()  # from the pool: closed, not given back, so that its locks go with it
            self._connection.execute(_NOT_SILENT_FOR_LONG)
            self._connection.commit()
            with self._connection.begin():  # so that nobody sees the number before its lock is held
                number = _register(self._connection)
                self._connection.execute(select(func.pg_advisory_lock(_ALIVE, number)))
            return number
        except Exception as error:
            self._let_go()
            raise told_plainly(error) from error

    def _is_here(self) -> bool:
        if not self._store.shared:
            return True
        return self._answered(select(process.c.id).where(process.c.id == self.number)) is not None

    def _leased(self, name: str) -> bool:
        if not self._store.shared:
            return True
        key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big", signed=True)
        return bool(self._answered(select(func.pg_try_advisory_lock(_LEASED, key))))

    def _answered(self, question: Any) -> Any:
        if self._connection is None:
            return None
        try:
            with self._connection.begin():
                return self._connection.execute(question).scalar()
        except Exception:  # whatever it is: what does not answer is lost
            self._let_go()  # else SQLAlchemy connects it anew, and what is leased then nobody gives back
            return None

    def _let_go(self) -> None:
        if self._connection is not None:
            with suppress(Exception):  # it may be broken
                self._connection.close()
            self._connection = None


def _register(connection: Connection) -> int:
    return insert_row(connection, process, host=socket.gethostname(), pid=os.getpid(), started_at=now())


def connections(connection: Connection) -> int:
    """How many connections serving processes have to a shared database: those that work on messages, and those that only have doors."""
    shown = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = :name"
    )
    return int(connection.execute(shown, {"name": APPLICATION}).scalar_one())


def others(connection: Connection, number: int) -> bool:
    """Whether there are further numbers, dead or alive."""
    return connection.execute(select(process.c.id).where(process.c.id != number).limit(1)).first() is not None


def dead(connection: Connection, number: int) -> list[int]:
    """The numbers of processes that are no more; until this transaction ends nobody else is told of them."""
    rows = connection.execute(select(process.c.id).where(process.c.id != number).with_for_update(skip_locked=True))
    numbers = list(rows.scalars())
    if connection.dialect.name == "sqlite":
        return numbers
    return [one for one in numbers if connection.execute(select(func.pg_try_advisory_xact_lock(_ALIVE, one))).scalar()]


def bury(connection: Connection, numbers: list[int]) -> None:
    """Forget processes that have nothing in hand any more."""
    connection.execute(delete(process).where(process.c.id.in_(numbers)))
