"""Connections to the two databases that are served: SQLite, embedded, and PostgreSQL, which several machines share."""

from __future__ import annotations

import sqlite3
from typing import Any

import psycopg.errors
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool

from bot.errors import StorageAway, StorageFull

APPLICATION = "frontline"  # what PostgreSQL knows a serving process by
POOL = 16  # connections of one process
CUT_OFF_AFTER = 12  # seconds of silence from a host after which its connections end, on both sides
STANDS_STILL_AFTER = 15  # seconds of silence from a process whose host is there (its kernel answers for it) after which it loses what it holds
_PROBES = {"idle": 4, "interval": 2, "count": 4}  # 4 + 4 × 2 s
_AWAY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)
_LOST = (psycopg.OperationalError, psycopg.errors.IdleInTransactionSessionTimeout)
_RUN_AGAIN = (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected)


def is_shared(url: str | URL) -> bool:
    """Whether any number of processes may work on this database at once."""
    return make_url(url).get_backend_name() == "postgresql"


def make_engine(url: str | URL, *, patience: float = 5.0, application: str = APPLICATION) -> Engine:
    """An engine, set to survive power loss. `patience`: seconds to wait for a connection, or for a lock of SQLite.

    `application` is what PostgreSQL knows its connections by.
    """
    if is_shared(url):
        return create_engine(
            url,
            pool_size=POOL,
            max_overflow=0,
            pool_timeout=patience,
            connect_args={"application_name": application, **_connect_arguments(patience)},
            hide_parameters=True,
        )
    # Transactions are begun by hand: BEGIN IMMEDIATE.
    engine = create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        poolclass=QueuePool,
        pool_size=8,
        max_overflow=8,
        hide_parameters=True,  # an error would quote what was to be stored
    )
    event.listen(engine, "connect", lambda connection, _: _prepare_sqlite(connection, patience))
    return engine


def _prepare_sqlite(connection: Any, patience: float) -> None:
    assert isinstance(connection, sqlite3.Connection)
    milliseconds = round(patience * 1000)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={milliseconds}"):
        connection.execute(f"PRAGMA {pragma}")


def _connect_arguments(patience: float) -> dict[str, Any]:
    """Both ends notice within `CUT_OFF_AFTER` that the other is gone (PostgreSQL: "Connections and Authentication", TCP settings)."""
    ours = {f"keepalives_{name}": value for name, value in _PROBES.items()}
    theirs = [f"-c tcp_keepalives_{name}={value}" for name, value in _PROBES.items()]
    ours["tcp_user_timeout"] = CUT_OFF_AFTER * 1000
    theirs += [f"-c tcp_user_timeout={CUT_OFF_AFTER * 1000}", "-c lock_timeout=10s", "-c statement_timeout=60s"]
    theirs.append(f"-c idle_in_transaction_session_timeout={STANDS_STILL_AFTER}s")
    return {
        **ours,
        "connect_timeout": max(2, round(patience)),
        "options": " ".join(theirs),
        "prepare_threshold": 2,
    }


def wants_another_try(error: BaseException) -> bool:
    """Whether the database undid this transaction only because another came across it."""
    return isinstance(error, DBAPIError) and isinstance(error.orig, _RUN_AGAIN)


def told_plainly(error: Exception) -> Exception:
    """What a database error means for who asked: StorageFull, StorageAway, or the error itself. Takes SQLAlchemy's errors and SQLite's own."""
    if isinstance(error, PoolTimeout):
        return StorageAway("all connections to the database are busy")
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, psycopg.errors.DiskFull) or _code(cause) == sqlite3.SQLITE_FULL:
        return StorageFull(
            "the database's disk is full: free some space, then the channels deliver again by themselves"
        )
    if isinstance(cause, psycopg.errors.ForeignKeyViolation) and "process_id" in str(cause.diag.constraint_name):
        return StorageAway("this process was believed dead, and has no number yet")
    lost = isinstance(cause, _LOST) or (isinstance(error, DBAPIError) and error.connection_invalidated)
    if lost or _code(cause) in _AWAY:
        return StorageAway(f"the database is away: {type(cause).__name__}")
    return error


def _code(error: BaseException | None) -> int | None:
    """SQLite's primary result code (https://www.sqlite.org/rescode.html)."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF
