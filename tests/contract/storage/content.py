"""Whole databases, to be compared, and those that earlier versions wrote."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from bot.storage.tables import metadata

OLD = {file.stem: file for file in sorted(Path(__file__).with_name("old").glob("*.sql"))}


def write_old(version: str, file: Path) -> Path:
    """An SQLite database as it was with this version of the schema."""
    with closing(sqlite3.connect(file)) as database:
        database.executescript(OLD[version].read_text(encoding="utf-8"))
    return file


def rows_in(file: Path) -> dict[str, list[dict[str, Any]]]:
    """Every row of an SQLite database as it is stored, by table."""
    with closing(sqlite3.connect(file)) as database:
        database.row_factory = sqlite3.Row
        names = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: [dict(row) for row in database.execute(f'SELECT * FROM "{name}"')] for name in sorted(names)}


def everything(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Every row as the product reads it, by table and in the order of ids."""
    return {
        table.name: [tuple(row) for row in connection.execute(select(table).order_by(table.c.id))]
        for table in metadata.sorted_tables
    }
