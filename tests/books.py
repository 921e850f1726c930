"""The check behind every test that moves messages: the ledger of its database balances."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine, NullPool, create_engine

from bot.storage.ledger import AUDIT

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


def _is_ours(file: Path) -> bool:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'message'").fetchone()[0] == 1
