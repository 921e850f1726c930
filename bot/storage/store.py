"""The store: one place that runs units of work against the database.

A *unit* is a plain function of a connection. Writing units of many callers share one transaction (group commit): one
writer thread takes what waits, runs each unit in a savepoint of its own and commits once, so that a durable commit
(SQLite WAL, `synchronous=FULL`) costs one fsync for all of them. A unit that fails undoes itself alone.
"""

from __future__ import annotations

import asyncio
import queue
import shutil
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.pool import QueuePool

from bot.errors import StorageFull

T = TypeVar("T")
Unit = Callable[[Connection], T]

GROUP_LIMIT = 200  # units a transaction; more only delays the first of them


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    assert isinstance(connection, sqlite3.Connection)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
        connection.execute(f"PRAGMA {pragma}")


def make_engine(url: str) -> Engine:
    """An engine for an SQLite `url`, set to survive power loss. Transactions are begun by hand (BEGIN IMMEDIATE)."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=QueuePool, pool_size=8, max_overflow=8)
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


class Store:
    """Runs units of work. `write` commits before it returns; `read` sees what is committed.

    `reserve_bytes` of disk are kept free: below that, `write(…, intake=True)` raises `StorageFull`.
    """

    def __init__(self, url: str, *, reserve_bytes: int = 64 * 1024 * 1024) -> None:
        self.engine = make_engine(url)
        self._folder = Path(make_url(url).database or ".").parent
        self._reserve = reserve_bytes
        self._waiting: queue.SimpleQueue[tuple[Unit[Any], Future[Any]] | None] = queue.SimpleQueue()
        self._reader: Connection | None = None
        self._writer = threading.Thread(target=self._write_forever, name="store-write", daemon=True)
        self._writer.start()

    async def write(self, unit: Unit[T], *, intake: bool = False) -> T:
        """Run `unit` and return its value once it is durable. What it raises is raised here, and nothing of it is kept."""
        if intake and shutil.disk_usage(self._folder).free < self._reserve:
            raise StorageFull(
                "the disk reserve is reached: free some space, then the channels deliver again by themselves"
            )
        return await asyncio.wrap_future(self.submit(unit))

    def submit(self, unit: Unit[T]) -> Future[T]:
        """Like `write`, for callers outside the event loop: the future is done when the unit is durable."""
        done: Future[T] = Future()
        done.set_running_or_notify_cancel()  # who stops waiting takes nothing back: a cancelled future ends the writer
        self._waiting.put((unit, done))
        return done

    async def read(self, query: Unit[T]) -> T:
        """Run a reading unit, which sees what is committed.

        SQLite answers a small query sooner than a thread is woken, so it is asked at once; long ones belong into
        `asyncio.to_thread(store.read_now, …)`.
        """
        if self._reader is None:
            self._reader = self.engine.connect()  # kept: taking one from the pool takes as long as a small query
        return query(self._reader)

    def read_now(self, query: Unit[T]) -> T:
        """Run a reading unit in the caller's thread."""
        with self.engine.connect() as connection:
            return query(connection)

    def close(self) -> None:
        """Finish what waits, then close. Safe to call twice."""
        self._waiting.put(None)
        self._writer.join()
        if self._reader is not None:
            self._reader.close()
        self.engine.dispose()

    def _write_forever(self) -> None:
        with self.engine.connect() as connection:
            while True:
                first = self._waiting.get()
                if first is None:
                    return
                group = [first]
                closing = False
                while len(group) < GROUP_LIMIT:
                    try:
                        further = self._waiting.get_nowait()
                    except queue.Empty:
                        break
                    if further is None:
                        closing = True
                        break
                    group.append(further)
                _commit_group(connection, group)
                if closing:
                    return


def _commit_group(connection: Connection, group: list[tuple[Unit[Any], Future[Any]]]) -> None:
    """Run all units in one transaction and settle their futures after the commit."""
    # These few words need nothing of what SQLAlchemy does for a statement.
    database = cast(sqlite3.Connection, connection.connection.dbapi_connection)
    # A unit alone needs no savepoint: the whole transaction is undone with it.
    run = _run_alone if len(group) == 1 else _run_in_savepoint
    results: list[tuple[Future[Any], Any, BaseException | None]] = []
    try:
        database.execute("BEGIN IMMEDIATE")
        for unit, done in group:
            results.append((done, *run(connection, database, unit)))
        database.execute("COMMIT")
    except Exception as error:  # nothing of the group is durable, and each caller must know
        if database.in_transaction:
            database.execute("ROLLBACK")
        results = [(done, None, error) for _, done in group]
    for done, value, failure in results:
        if failure is None:
            done.set_result(value)
        else:
            done.set_exception(failure)


def _run_alone(connection: Connection, _: sqlite3.Connection, unit: Unit[Any]) -> tuple[Any, BaseException | None]:
    return unit(connection), None


def _run_in_savepoint(
    connection: Connection, database: sqlite3.Connection, unit: Unit[Any]
) -> tuple[Any, BaseException | None]:
    database.execute("SAVEPOINT unit")
    try:
        value = unit(connection)
    except Exception as error:
        database.execute("ROLLBACK TO unit")
        database.execute("RELEASE unit")
        return None, error
    database.execute("RELEASE unit")
    return value, None
