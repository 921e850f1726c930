import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select

from bot.errors import StorageFull
from bot.storage.log import write_log
from bot.storage.schema import upgrade
from bot.storage.store import Store
from bot.storage.tables import log


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(f"sqlite:///{tmp_path}/front.db", reserve_bytes=0)
    upgrade(made.engine)
    yield made
    made.close()


def lines(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(log)).scalar_one()


def good(connection: Connection) -> str:
    write_log(connection, "test", "good")
    return "done"


def bad(connection: Connection) -> None:
    write_log(connection, "test", "bad")
    raise ValueError("undone")


async def test_a_failing_unit_undoes_itself_alone(store: Store) -> None:
    units = [good if number % 3 else bad for number in range(300)]
    results = await asyncio.gather(*(store.write(unit) for unit in units), return_exceptions=True)
    assert [isinstance(result, ValueError) for result in results] == [unit is bad for unit in units]
    assert await store.read(lines) == units.count(good)


async def test_who_stops_waiting_neither_undoes_the_unit_nor_ends_the_writer(store: Store) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(connection: Connection) -> None:
        begun.set()
        go_on.wait(10)

    first = asyncio.create_task(store.write(slow))
    await asyncio.to_thread(begun.wait, 10)
    impatient = asyncio.create_task(store.write(good))
    await asyncio.sleep(0)
    impatient.cancel()
    first.cancel()
    await asyncio.gather(first, impatient, return_exceptions=True)
    go_on.set()
    assert await asyncio.wait_for(store.write(good), 10) == "done"
    assert await store.read(lines) == 2


async def test_what_write_returned_is_seen_by_a_reader_at_once(store: Store) -> None:
    for expected in range(1, 6):
        await store.write(good)
        assert await store.read(lines) == expected


async def test_intake_is_refused_when_the_disk_reserve_is_reached(tmp_path: Path) -> None:
    full = Store(f"sqlite:///{tmp_path}/front.db", reserve_bytes=2**62)
    upgrade(full.engine)
    with pytest.raises(StorageFull):
        await full.write(good, intake=True)
    assert await full.write(good) == "done"  # sending and erasing go on
    full.close()


def test_the_database_survives_power_loss_by_its_settings(store: Store) -> None:
    with store.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
