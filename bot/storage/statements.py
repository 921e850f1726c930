"""Statements that are built once. Building one anew costs SQLAlchemy more than running it costs the database."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, Update, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
"""`insert` with ON CONFLICT, by dialect."""


@cache
def _insert(table: Table) -> Any:
    return insert(table).returning(table.c.id)


@cache
def _insert_once(table: Table, dialect: str) -> Any:
    return INSERT[dialect](table).on_conflict_do_nothing().returning(table.c.id)


@cache
def _update(table: Table) -> Update:
    return update(table).where(table.c.id == bindparam("row_id"))


@cache
def _select(table: Table) -> Select[Any]:
    return select(table).where(table.c.id == bindparam("row_id"))


def insert_row(connection: Connection, table: Table, **values: Any) -> int:
    """Insert a row and return its id."""
    made: int = connection.execute(_insert(table), values).scalar_one()
    return made


def insert_once(connection: Connection, table: Table, **values: Any) -> int | None:
    """Insert a row unless a unique key has it already; returns its id, or None where it was there."""
    made: int | None = connection.execute(_insert_once(table, connection.dialect.name), values).scalar()
    return made


def update_row(connection: Connection, table: Table, row_id: int, **values: Any) -> None:
    """Change the row with this id."""
    connection.execute(_update(table), {"row_id": row_id, **values})


def find_row(connection: Connection, table: Table, row_id: int) -> Row[Any] | None:
    """The row with this id, if there is one."""
    return connection.execute(_select(table), {"row_id": row_id}).first()
