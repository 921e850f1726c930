"""A whole database, out and in again: between each pair of databases everything stays what it is, or nothing changes."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, func, select, text, update

from bot.domain.conversation import ConversationKey
from bot.domain.message import Attachment, EventKind, InboundEvent
from bot.errors import SettingsError
from bot.storage import intake, staff
from bot.storage.copying import BATCH, FEW
from bot.storage.log import write_log
from bot.storage.opening import opened
from bot.storage.schema import upgrade
from bot.storage.statements import insert_row
from bot.storage.store import Store
from bot.storage.tables import case, channel_account, customer, event, log, process
from bot.storage.transfer import give, take
from tests.contract.storage.content import everything, write_old
from tests.servers import PostgresServer

PAIRS = [(one, other) for one in ("sqlite", "postgresql") for other in ("sqlite", "postgresql")]
SIGNS = "".join(map(chr, (*range(1, 0xD800, 7), *range(0xE000, 0x10FFFF, 1009)))) + "e\u0301👩‍👩‍👧\ufeff\u202e"
RAW = '{"z": 1, "a": "nul \\u0000 half \\ud83d whole \\ud83d\\ude00", "n": 100000000000000000000000000, "f": 1.10, "a": "again", "x":  []}'
FIRST, LAST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, 23, 59, 59, 999_999, tzinfo=UTC)

Make = Callable[[str], str]


@pytest.fixture
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """Further databases of a kind, without a schema."""
    counted = iter(range(100))

    def url(kind: str) -> str:
        if kind == "postgresql":
            return str(request.getfixturevalue("postgres").database())
        return f"sqlite:///{tmp_path / f'{next(counted)}.db'}"

    return url


@pytest.fixture
def part(tmp_path: Path) -> Path:
    """The file between."""
    (tmp_path / "part").touch()
    return tmp_path / "part"


def change(url: str, unit: Callable[[Connection], Any]) -> Any:
    """Run a unit of work."""
    store = Store(url, reserve_bytes=0)
    try:
        return store.submit(unit).result()
    finally:
        store.close()


def found_in(url: str) -> dict[str, list[tuple[Any, ...]]]:
    with opened(url) as engine, engine.connect() as connection:
        return everything(connection)


def fill(url: str, folder: Path) -> None:
    """A database of some size, with whatever a column can hold."""
    old = write_old("0003", folder / "old.db")
    with opened(f"sqlite:///{old}") as engine:
        upgrade(engine)
        with engine.connect() as connection:
            connection.execute(text("UPDATE event SET reason = substr(reason, 1, 128)"))  # as it is written today
    assert give(old, url, folder, force=False) is None

    def awkward(connection: Connection) -> None:
        for number in range(2 * BATCH + 1):
            write_log(connection, "operator", "count", f"number:{number}", {"number": number})
        insert_row(connection, customer, name=SIGNS[:256], created_at=FIRST)
        insert_row(connection, customer, name="", created_at=LAST)
        connection.execute(update(case).where(case.c.id == 1).values(opening=SIGNS))
        common = {"kind": "ignored", "reason": "", "received_at": LAST, "channel": "x", "account": "y"}
        event_id = insert_row(connection, event, **common, event_id="raw", raw={})
        raw = text("UPDATE event SET raw = CAST(:raw AS JSON) WHERE id = :id")
        if connection.dialect.name == "sqlite":  # where this is no type, and would make a number of it
            raw = text("UPDATE event SET raw = :raw WHERE id = :id")
        connection.execute(raw, {"raw": RAW, "id": event_id})
        files = tuple(Attachment("document", name=str(n), content=bytes(range(256)) * n) for n in range(1, 2 * FEW))
        key = ConversationKey("mail", "service@fernblick.example", "anna@example.org", "FB")
        said = InboundEvent(
            key, "files", EventKind.MESSAGE, "files", attachments=files, details={"subject": SIGNS[:99]}
        )
        intake.accept(connection, [said])

    change(url, awkward)


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_everything_stays_what_it_is(source: str, target: str, make: Make, part: Path, tmp_path: Path) -> None:
    one, other = make(source), make(target)
    fill(one, tmp_path)
    before = found_in(one)
    take(one, part)
    assert give(part, other, tmp_path, force=False) is None
    assert found_in(one) == found_in(other) == before
    assert sum(len(rows) for rows in before.values()) > 1000
    with opened(other) as engine, engine.connect() as connection:
        written = select(text("CAST(raw AS TEXT)")).select_from(event).where(event.c.event_id == "raw")
        assert connection.execute(written).scalar_one() == RAW
    change(other, further)


def further(connection: Connection) -> None:
    """What comes after gets an id of its own: the next one, or the first in a table that was empty."""
    latest = connection.execute(select(func.max(log.c.id))).scalar_one()
    write_log(connection, "operator", "more")
    assert connection.execute(select(func.max(log.c.id))).scalar_one() == latest + 1
    assert insert_row(connection, process, host="first", pid=1, started_at=LAST) == 1


@pytest.mark.parametrize("target", ["sqlite", "postgresql"])
def test_what_holds_data_is_replaced_by_force_alone_and_kept(
    target: str, make: Make, part: Path, tmp_path: Path
) -> None:
    one, other = make("sqlite"), make(target)
    for url, login in ((one, "new"), (other, "old")):
        with opened(url) as engine:
            upgrade(engine)
        change(url, lambda c, who=login: staff.add_staff(c, login=who, name=who, role="agent", password_hash="x"))
    take(one, part)
    before = found_in(other)
    with pytest.raises(SettingsError, match="--force"):
        give(part, other, tmp_path, force=False)
    assert found_in(other) == before
    kept = give(part, other, tmp_path, force=True)
    assert kept is not None
    assert found_in(f"sqlite:///{kept}") == before
    assert found_in(other) == found_in(one)


def test_a_row_that_does_not_fit_is_named_and_nothing_changes(
    postgres: PostgresServer, part: Path, tmp_path: Path
) -> None:
    one, other = f"sqlite:///{tmp_path}/one.db", postgres.database()
    for url in (one, other):
        with opened(url) as engine:
            upgrade(engine)
    for url, name in ((one, "x" * 200), (other, "as it was")):
        change(url, lambda c, who=name: staff.add_staff(c, login="a", name=who, role="agent", password_hash="x"))
    take(one, part)
    before = found_in(other)
    with pytest.raises(SettingsError, match=r"staff, rows 1 to 1: value too long"):
        give(part, other, tmp_path, force=True)
    assert found_in(other) == before


def test_nul_that_postgresql_cannot_hold_is_left_out(postgres: PostgresServer, part: Path, tmp_path: Path) -> None:
    one, other = f"sqlite:///{tmp_path}/one.db", postgres.database()
    with opened(one) as engine:
        upgrade(engine)
    change(one, lambda c: insert_row(c, customer, name="a\0b", created_at=LAST))
    take(one, part)
    give(part, other, tmp_path, force=False)
    assert found_in(other)["customer"][0][1] == "ab"


def test_a_database_that_is_served_is_neither_given_to_nor_held_up(
    postgres: PostgresServer, part: Path, tmp_path: Path
) -> None:
    one, other = f"sqlite:///{tmp_path}/one.db", postgres.database()
    with opened(one) as engine:
        upgrade(engine)
    take(one, part)
    serving = Store(other)
    with opened(other) as engine:
        upgrade(engine)
    serving.read_now(staff.count_staff)
    with pytest.raises(SettingsError, match="stop all its processes"):
        give(part, other, tmp_path, force=True)
    serving.close()


def test_a_file_that_somebody_has_open_is_not_replaced(part: Path, tmp_path: Path) -> None:
    one, other = f"sqlite:///{tmp_path}/one.db", f"sqlite:///{tmp_path}/other.db"
    for url in (one, other):
        with opened(url) as engine:
            upgrade(engine)
    take(one, part)
    serving = Store(other)
    serving.submit(lambda c: write_log(c, "operator", "here")).result()
    with pytest.raises(SettingsError, match="locked"):
        give(part, other, tmp_path, force=True)
    assert serving.read_now(lambda c: c.execute(select(log.c.action)).scalars().all()) == ["here"]
    serving.close()


def test_what_is_damaged_is_kept_too(part: Path, tmp_path: Path) -> None:
    one, other = f"sqlite:///{tmp_path}/one.db", tmp_path / "other.db"
    with opened(one) as engine:
        upgrade(engine)
    take(one, part)
    other.write_bytes(b"no database " * 1000)
    with pytest.raises(SettingsError, match="--force"):
        give(part, f"sqlite:///{other}", tmp_path, force=False)
    kept = give(part, f"sqlite:///{other}", tmp_path, force=True)
    assert kept is not None
    assert kept.read_bytes() == b"no database " * 1000
    assert found_in(f"sqlite:///{other}") == found_in(one)


def test_an_old_database_is_taken_as_it_is(postgres: PostgresServer, part: Path, tmp_path: Path) -> None:
    """Who makes a backup before an upgrade has not upgraded yet."""
    url = postgres.database()
    with opened(url) as engine:
        upgrade(engine, to="0003")
        with engine.begin() as connection:
            connection.execute(text("INSERT INTO customer (name, created_at) VALUES ('Zoë', now())"))
    take(url, part)
    with closing(sqlite3.connect(part)) as database:
        assert database.execute("SELECT version_num FROM alembic_version").fetchone() == ("0003",)
        assert database.execute("SELECT name FROM customer").fetchall() == [("Zoë",)]


def test_columns_that_nobody_knows_are_not_left_behind(postgres: PostgresServer, part: Path) -> None:
    url = postgres.database()
    with opened(url) as engine:
        upgrade(engine)
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE customer ADD COLUMN shoe_size integer"))
    with pytest.raises(SettingsError, match="shoe_size of customer"):
        take(url, part)


def test_what_is_json_to_sqlite_alone_is_named(postgres: PostgresServer, part: Path, tmp_path: Path) -> None:
    one, other = f"sqlite:///{tmp_path}/one.db", postgres.database()
    with opened(one) as engine:
        upgrade(engine)
    progress = {"offset": float("nan")}
    change(one, lambda c: insert_row(c, channel_account, channel="x", account="y", progress=progress))
    take(one, part)
    with pytest.raises(SettingsError, match="channel_account, rows 1 to 1: invalid input syntax for type json"):
        give(part, other, tmp_path, force=False)
