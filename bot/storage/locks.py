"""What only one of several processes may do at a time."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator

from sqlalchemy import Connection, func, select

_OURS = 1_179_796_560  # first key of these advisory locks


def _key(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big", signed=True)


@contextlib.contextmanager
def held_by_one(connection: Connection, name: str) -> Iterator[None]:
    """Whoever else wants `name` waits until this context ends. SQLite has one writer, which is as good."""
    if connection.dialect.name == "sqlite":
        yield
        return
    for limit in ("lock_timeout", "statement_timeout"):
        connection.execute(select(func.set_config(limit, "0", True)))  # while it waits
    connection.execute(select(func.pg_advisory_lock(_OURS, _key(name))))
    connection.commit()
    try:
        yield
    finally:
        connection.rollback()
        connection.execute(select(func.pg_advisory_unlock(_OURS, _key(name))))
        connection.commit()


def hold(connection: Connection, name: str) -> None:
    """Whoever else wants `name` waits until this transaction ends."""
    if connection.dialect.name != "sqlite":
        connection.execute(select(func.pg_advisory_xact_lock(_OURS, _key(name))))
