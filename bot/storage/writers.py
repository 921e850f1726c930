"""How units of work become durable, on either database.

SQLite has one writer: units of many callers share a transaction (group commit), each in a savepoint of its own, so that a durable commit (WAL,
`synchronous=FULL`) costs one fsync for all of them. A unit that fails undoes itself alone. PostgreSQL has many: each unit has a transaction of its own, and
the server commits in groups by itself; a unit that came across another's is run again.
"""

from __future__ import annotations

import contextlib
import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Protocol, TypeVar, cast

from sqlalchemy import Connection, Engine

from bot.storage.engines import told_plainly, wants_another_try

T = TypeVar("T")
Unit = Callable[[Connection], T]

GROUP_LIMIT = 200  # units a transaction; more only delays the first of them
TRIES = 8  # of a transaction that keeps coming across others
WRITERS = 8  # transactions at once on a shared database


class Writer(Protocol):
    """Makes units durable."""

    def submit(self, unit: Unit[T]) -> Future[T]:
        """Run `unit`; the future is done when what it wrote is durable. Whoever stops waiting takes nothing back."""

    def close(self) -> None:
        """Finish what waits. Safe to call twice."""


class GroupCommit:
    """One thread that commits for all, for SQLite."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting: queue.SimpleQueue[tuple[Unit[Any], Future[Any]] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write_forever, name="store-write", daemon=True)
        self._thread.start()

    def submit(self, unit: Unit[T]) -> Future[T]:
        """Add `unit` to the next transaction."""
        done: Future[T] = Future()
        done.set_running_or_notify_cancel()  # a future that is cancelled would end the thread
        self._waiting.put((unit, done))
        return done

    def close(self) -> None:
        """Finish what waits."""
        self._waiting.put(None)
        self._thread.join()

    def _write_forever(self) -> None:
        with self._engine.connect() as connection:
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
            with contextlib.suppress(sqlite3.Error):  # the thread has to live on, whatever the disk says
                database.execute("ROLLBACK")
        results = [(done, None, told_plainly(error)) for _, done in group]
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
        if not database.in_transaction:  # a full disk undoes all of it (https://www.sqlite.org/lang_transaction.html)
            raise
        database.execute("ROLLBACK TO unit")
        database.execute("RELEASE unit")
        return None, told_plainly(error)
    database.execute("RELEASE unit")
    return value, None


class Transactions:
    """A transaction for each unit, `WRITERS` at once, for PostgreSQL. A unit may be run several times, and so changes nothing but the database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._threads = ThreadPoolExecutor(WRITERS, thread_name_prefix="store-write")

    def submit(self, unit: Unit[T]) -> Future[T]:
        """Begin `unit` as soon as a thread is free."""
        done: Future[T] = Future()
        done.set_running_or_notify_cancel()
        self._threads.submit(self._run, unit, done)
        return done

    def close(self) -> None:
        """Finish what waits."""
        self._threads.shutdown()

    def _run(self, unit: Unit[T], done: Future[T]) -> None:
        try:
            done.set_result(self._commit(unit))
        except Exception as error:  # whatever it is belongs to whoever waits
            done.set_exception(told_plainly(error))

    def _commit(self, unit: Unit[T]) -> T:
        for _ in range(TRIES - 1):
            try:
                with self._engine.begin() as connection:
                    return unit(connection)
            except Exception as error:
                if not wants_another_try(error):
                    raise
        with self._engine.begin() as connection:
            return unit(connection)
