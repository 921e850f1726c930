"""The check behind every test that moves messages: the ledger of its database balances."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path

from sqlalchemy import Engine, NullPool, create_engine

from bot.storage.engines import make_engine
from bot.storage.ledger import AUDIT
from bot.storage.schema import versions

_READING: list[Path] = []  # the file that is being checked
_FILES = create_engine(  # one for all, so that the rules are made into SQL once and not for each test
    "sqlite://", creator=lambda: sqlite3.connect(_READING[-1]), poolclass=NullPool
)


def check_engine(engine: Engine) -> None:
    """Fail where the ledger of this database does not balance."""
    with engine.connect() as connection:
        found = AUDIT.run(connection)
    assert not found, "\n".join(
        f"{one.rule.id} in {one.channel} {one.account}: {one.rule.wrong}; {one.number} × {one.about}, {one.examples}"
        for one in found
    )


def check_folder(folder: Path) -> None:
    """Fail where any database in a folder is one of ours and does not balance."""
    for file in sorted(folder.rglob("*.db")):
        if _is_ours(file):
            _READING.append(file)
            check_engine(_FILES)


def check_database(url: str) -> None:
    """Fail where the ledger of the database at this address does not balance."""
    engine = make_engine(url)
    try:
        check_engine(engine)
    finally:
        engine.dispose()


def _is_ours(file: Path) -> bool:
    """Whether it is a database of this version; others are what a test is about."""
    try:
        with closing(sqlite3.connect(file)) as connection:
            found = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    except sqlite3.DatabaseError:
        return False
    return found == [(_current(),)]


@cache
def _current() -> str:
    return versions()[0]
