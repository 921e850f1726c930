"""What only one of several processes may do at a time."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Function, func, select

_OURS = 1_179_796_560  # first key of these advisory locks


def _key(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big", signed=True)


@contextlib.contextmanager
def held_by_one(connection: Connection, name: str) -> Iterator[None]:
    """Whoever else wants `name` waits until this context ends, and what is done in it takes as long as it takes. SQLite has one writer, which is as good."""
    if connection.dialect.name == "sqlite":
        yield
        return
    connection.exec_driver_sql("SET statement_timeout = 0")
    _wait(connection, func.pg_advisory_lock(_OURS, _key(name)))
    connection.commit()
    try:
        yield
    finally:
        connection.rollback()
        connection.execute(select(func.pg_advisory_unlock(_OURS, _key(name))))
        connection.exec_driver_sql("RESET statement_timeout")
        connection.commit()


def hold(connection: Connection, name: str) -> None:
    """Whoever else wants `name` waits until this transaction ends."""
    if connection.dialect.name != "sqlite":
        _wait(connection, func.pg_advisory_xact_lock(_OURS, _key(name)))


def _wait(connection: Connection, lock: Function[Any]) -> None:
    """However long it takes: who has the lock is at work, and where its host is lost, so is the lock."""
    connection.exec_driver_sql("SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0")
    connection.execute(select(lock))
    connection.exec_driver_sql("SET LOCAL lock_timeout = DEFAULT; SET LOCAL statement_timeout = DEFAULT")
