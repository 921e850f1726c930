"""Copies all rows from one database into another, of either kind. Each keeps its id, and is compared with what it was.

JSON travels as the text it was written as, so that nothing in it is understood anew: NUL, half a surrogate pair, numbers of any size, the order of keys.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Insert,
    LargeBinary,
    Table,
    Text,
    bindparam,
    cast,
    func,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.exc import DataError

from bot.errors import Fault, SettingsError
from bot.storage.tables import metadata
from bot.storage.tables.columns import Clipped

BATCH = 500  # rows a statement
FEW = 4  # where a row holds a file of megabytes
Part = tuple[Table, list[Column[Any]]]  # a table, and those of its columns that are there
Rows = Sequence[dict[str, Any]]


def copy_all(source: Connection, target: Connection) -> None:
    """Copy every row into tables that are empty, first those that others refer to.

    The source has to stay as it is meanwhile, and the caller commits. SettingsError where a row would not be what it was.
    """
    for part in _parts_of(source):
        sent, arrived = _Seal(), _Seal()
        write = _writing(part, target.dialect.name)
        for rows in _read(source, part):
            sent.add(rows)
            _write(target, write, rows, part[0].name)
        for rows in _read(target, part):
            arrived.add(rows)
        if not arrived.equals(sent):
            wrong = f"{part[0].name}: what is written ({arrived.rows} rows) is not what was read ({sent.rows})"
            raise SettingsError([Fault("copy.differs", wrong, "nothing has changed; please report this")])
        if target.dialect.name == "postgresql":
            _count_on(target, part[0])


def holds_rows(connection: Connection) -> bool:
    """Whether this database keeps anything."""
    return any(connection.execute(select(table.c.id).limit(1)).first() for table, _ in _parts_of(connection))


def count_rows(connection: Connection) -> int:
    """How many rows this database keeps."""
    counts = (select(func.count()).select_from(table) for table, _ in _parts_of(connection))
    return sum(connection.execute(count).scalar_one() for count in counts)


def empty_all(connection: Connection) -> None:
    """Take everything out of a PostgreSQL database. Whoever wants to read or write it waits for the end of this transaction."""
    name = connection.dialect.identifier_preparer.format_table
    connection.execute(text(f"TRUNCATE {', '.join(name(table) for table in metadata.sorted_tables)}"))


def _parts_of(connection: Connection) -> list[Part]:
    """What this database has of our tables: all of them, unless its schema is an older one. SettingsError where they have columns that nobody knows."""
    columns = {
        name: {str(one["name"]) for one in ones} for (_, name), ones in inspect(connection).get_multi_columns().items()
    }
    found = []
    for table in metadata.sorted_tables:
        present = columns.get(table.name, set())
        if unknown := present - set(table.columns.keys()):
            wrong = f"nobody knows the columns {', '.join(sorted(unknown))} of {table.name}"
            hint = "use the version of this program that made the database"
            raise SettingsError([Fault("database.columns", wrong, hint)])
        if present:
            found.append((table, [column for column in table.columns if column.name in present]))
    return found


def _read(connection: Connection, part: Part) -> Iterator[Rows]:
    """The rows of a table in the order of their ids, a batch at a time."""
    table, columns = part
    names = [_json(column) if isinstance(column.type, JSON) else column.name for column in columns]
    some = (
        select(*(_as_written(column) for column in columns))
        .order_by(table.c.id)
        .limit(FEW if any(isinstance(column.type, LargeBinary) for column in columns) else BATCH)
    )
    latest = 0
    while True:
        found = connection.execute(some.where(table.c.id > latest)).all()
        if not found:
            return
        yield [{n: _held_by_both(value, c) for n, value, c in zip(names, row, columns, strict=True)} for row in found]
        latest = found[-1].id


def _as_written(column: Column[Any]) -> Any:
    return cast(column, Text).label(_json(column)) if isinstance(column.type, JSON) else column


def _json(column: Column[Any]) -> str:
    """What the text of a JSON column is called: SQLAlchemy wants a name that is no column's."""
    return f"{column.name}_as_written"


def _held_by_both(value: Any, column: Column[Any]) -> Any:
    """A value as either database can hold it: text without NUL, as at the doors, and descriptions within their length."""
    if isinstance(value, datetime):
        return value.astimezone(UTC)  # PostgreSQL gives it in the time zone of the connection
    if not isinstance(value, str):
        return value
    value = value.replace("\0", "")
    return value[: column.type.length] if isinstance(column.type, Clipped) else value


def _writing(part: Part, dialect: str) -> Insert:
    table, columns = part
    written = {column: bindparam(_json(column), type_=Text()) for column in columns if isinstance(column.type, JSON)}
    as_json = dialect == "postgresql"
    return insert(table).values({c.name: cast(value, JSON) if as_json else value for c, value in written.items()})


def _write(target: Connection, statement: Insert, rows: Rows, table: str) -> None:
    try:
        target.execute(statement, rows)
    except DataError as error:
        words = str(error.orig).splitlines()[0]
        wrong = f"{table}, rows {rows[0]['id']} to {rows[-1]['id']}: {words}"
        raise SettingsError(
            [Fault("copy.refused", wrong, "mend the row where it is now; nothing has changed")]
        ) from None


class _Seal:
    """What a table's rows come to: how many there are, and a digest of their values in the order of ids."""

    def __init__(self) -> None:
        self.rows = 0
        self._digest = hashlib.blake2b()

    def add(self, rows: Rows) -> None:
        """Further rows."""
        self.rows += len(rows)
        for row in rows:
            self._digest.update(repr(list(row.values())).encode())

    def equals(self, other: _Seal) -> bool:
        """Whether these are the same rows."""
        return (self.rows, self._digest.digest()) == (other.rows, other._digest.digest())


def _count_on(connection: Connection, table: Table) -> None:
    """Let the next row get an id of its own."""
    latest = func.max(table.c.id)
    name = connection.dialect.identifier_preparer.format_table(table)
    counter = func.pg_get_serial_sequence(name, "id")
    connection.execute(select(func.setval(counter, func.coalesce(latest, 1), latest.is_not(None))))
