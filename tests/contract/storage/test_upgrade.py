"""A database that an earlier version wrote: after the upgrade everything is there, and work goes on where it stood."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from bot.delivery.takeover import TakenOver, Takeover
from bot.errors import SettingsError
from bot.storage import inbox, outbox
from bot.storage.copying import copy_all
from bot.storage.live import LocalLive
from bot.storage.opening import opened, version_at
from bot.storage.presence import Presence
from bot.storage.schema import upgrade, versions
from bot.storage.store import Store
from bot.storage.tables import metadata
from tests.books import check_engine
from tests.contract.storage.content import OLD, everything, rows_in, write_old
from tests.contract.storage.customers import answered, states
from tests.servers import PostgresServer

SOON_AFTER = datetime(2026, 10, 5, 9, 35, tzinfo=UTC)  # the old databases end at 9:31
SERVED = [*(("sqlite", version) for version in OLD), ("postgresql", "0003")]  # before that it was never served


def messages(connection: Connection) -> dict[str, int]:
    """How many messages are in which state."""
    return dict(Counter(states(connection)))


def filled(url: str, version: str, folder: Path) -> str:
    """A PostgreSQL database as it was with this version of the schema."""
    file = write_old(version, folder / "old")
    with opened(url) as engine, opened(f"sqlite:///{file}") as old:
        upgrade(engine, to=version)
        with old.connect() as source, engine.begin() as target:
            copy_all(source, target)
    return url


@pytest.fixture(params=SERVED, ids="-".join)
def old_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of an old version."""
    kind, version = request.param
    if kind == "sqlite":
        return f"sqlite:///{write_old(version, tmp_path / 'old.db')}"
    return filled(request.getfixturevalue("postgres").database(), version, tmp_path)


def test_there_is_an_old_database_of_each_version() -> None:
    assert [*OLD] == sorted(versions())[:-1]


@pytest.mark.parametrize("version", OLD)
def test_an_upgrade_keeps_everything(version: str, tmp_path: Path) -> None:
    file = write_old(version, tmp_path / "old.db")
    before = rows_in(file)
    with opened(f"sqlite:///{file}") as engine:
        assert upgrade(engine) == (version, versions()[0])
        check_engine(engine)
        with engine.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    after = rows_in(file)
    assert after.pop("alembic_version") != before.pop("alembic_version")
    for row in before["message"]:
        if row["state"] in ("queued", "running"):
            row["settled_at"] = None  # earlier versions kept it when a message was edited after its answer
    for table, rows in before.items():
        assert [{column: row[column] for column in rows[0]} for row in after[table]] == rows
    assert sum(len(rows) for rows in before.values()) > 100


def test_postgresql_is_upgraded_to_the_same(postgres: PostgresServer, tmp_path: Path) -> None:
    found = []
    for url in (filled(postgres.database(), "0003", tmp_path), f"sqlite:///{tmp_path}/old"):
        with opened(url) as engine:
            upgrade(engine)
            with engine.connect() as connection:
                found.append(everything(connection))
    there, here = found
    here["event"] = [(*row[:5], row[5][:128], *row[6:]) for row in here["event"]]  # a reason that SQLite took as it was
    assert there == here


async def test_work_goes_on_where_it_stood(old_url: str) -> None:
    with opened(old_url) as engine:
        upgrade(engine)
    store = Store(old_url, reserve_bytes=0)
    presence = Presence(store)
    with time_machine.travel(SOON_AFTER, tick=True):
        ledger = await store.read(messages)
        assert ledger == {"queued": 6, "running": 3, "answered": 4, "with_agent": 1, "ignored": 1, "given_up": 1}
        await presence.enter()
        takeover = Takeover(store, LocalLive(), presence, frozenset({"web"}))
        assert await takeover.once() == TakenOver(messages=3, again=0, uncertain=2)

        taken = await store.write(lambda c: inbox.take(c, 20, presence.number))
        assert {one.message.text for one in taken} == {
            "Wann kommt die letzte Rechnung?",
            "Noch immer",
            "pressed",
            "Adresse geändert",
            "Wer ist da?",
        }
        for one in taken:
            await store.write(answered(one.message))
        behind = await store.write(lambda c: inbox.take(c, 20, presence.number))
        assert {one.message.text for one in behind} == {"", "Hallo?", "Hallo"}
        assert [file.size for one in behind for file in one.message.attachments] == [3_000_000_000]

        started = await store.write(lambda c: outbox.start(c, 20, presence.number))
        assert sorted(one.outgoing.reply.text for one in started) == ["Ich schaue nach …", "Zwei"]
    with time_machine.travel(SOON_AFTER + timedelta(hours=1), tick=True):
        (later,) = await store.write(lambda c: inbox.take(c, 20, presence.number))
        assert (later.message.text, later.message.attempts) == ("Kündigung", 2)
        (again,) = await store.write(lambda c: outbox.start(c, 20, presence.number))
        assert (again.outgoing.reply.text, again.attempts) == ("Hier sind sie.", 2)
    presence.close()
    store.close()


def test_an_upgrade_is_whole_or_not_at_all(tmp_path: Path) -> None:
    file = write_old("0001", tmp_path / "old.db")
    with opened(f"sqlite:///{file}") as engine:
        with engine.connect() as connection:
            connection.exec_driver_sql("CREATE TABLE secret (id INTEGER)")  # in the way of the last migration
            before = rows_in(file)
        with pytest.raises(SettingsError, match="secret"), opened(f"sqlite:///{file}") as other:
            upgrade(other)
        assert rows_in(file) == before
        assert version_at(f"sqlite:///{file}") == "0001"


def test_a_later_version_is_refused_by_its_name(tmp_path: Path) -> None:
    with opened(f"sqlite:///{tmp_path}/front.db") as engine:
        upgrade(engine)
        with engine.connect() as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        with pytest.raises(SettingsError, match="schema 9999"):
            upgrade(engine)
