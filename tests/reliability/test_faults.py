"""What goes wrong around a front line that lives on: nothing is lost, nobody else waits for it, and once it is over all is done."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import update

from bot.delivery import patrol
from bot.delivery.retry import MAX_ATTEMPTS
from bot.domain.reply import Outgoing, Receipt
from bot.errors import StorageAway, StorageFull
from bot.storage.rows import now
from bot.storage.tables import message
from tests.contract.storage.customers import accept, answer, reply_states, said, states
from tests.reliability.lone_house import LoneHouse

CUSTOMERS = range(20)


def in_folder(folder: Path) -> str:
    """The address of a database there."""
    return f"sqlite:///{folder}/front.db"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[LoneHouse]:
    """One, running."""
    async with LoneHouse(in_folder(tmp_path)) as running:
        yield running


# --- the way to the vendor -------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["asks_to_wait", "cannot_be_reached"])
async def test_what_certainly_did_not_arrive_is_sent_when_the_way_is_free_again(house: LoneHouse, fault: str) -> None:
    house.wire.answer = getattr(house.wire, fault)
    await house.hears(*CUSTOMERS)
    await house.replies(queued=len(CUSTOMERS))
    house.wire.answer = house.wire.takes
    await house.replies(sent=len(CUSTOMERS))
    assert sorted(house.wire.arrived) == sorted(set(house.wire.arrived))


@pytest.mark.parametrize(("fault", "state"), [("breaks", "uncertain"), ("refuses", "failed")])
async def test_what_may_have_arrived_or_never_will_is_not_sent_again(house: LoneHouse, fault: str, state: str) -> None:
    house.wire.answer = getattr(house.wire, fault)
    await house.hears(*CUSTOMERS)
    await house.replies(**{state: len(CUSTOMERS)})
    house.wire.answer = house.wire.takes
    await house.hears(99)
    await house.replies(**{state: len(CUSTOMERS), "sent": 1})
    assert len(house.wire.arrived) == 1


async def test_a_send_that_hangs_is_uncertain_in_the_end_and_blocks_nobody(tmp_path: Path) -> None:
    async with LoneHouse(in_folder(tmp_path), within=0.2) as house:
        house.wire.answer = house.wire.hangs
        await house.hears(*CUSTOMERS)  # more than can be sent at once
        await house.replies(uncertain=len(CUSTOMERS))
        house.wire.answer = house.wire.takes
        await house.hears(99)
        await house.replies(uncertain=len(CUSTOMERS), sent=1)


# --- turns -----------------------------------------------------------------------------------------------


async def test_a_turn_that_hangs_is_taken_again_and_blocks_nobody(tmp_path: Path) -> None:
    async with LoneHouse(in_folder(tmp_path), within=0.2) as house:
        house.echo.hangs = True
        await house.hears(*CUSTOMERS)
        await house.store.read(states)
        while "queued" not in await _reasons(house):
            await asyncio.sleep(0.02)
        house.echo.hangs = False
        await house.replies(sent=len(CUSTOMERS))
        assert house.echo.given_up == []


async def _reasons(house: LoneHouse) -> list[str]:
    """States of messages of which a turn has failed."""
    failed = message.select().where(message.c.state_reason == "TimeoutError")
    return [row.state for row in await house.store.read(lambda connection: connection.execute(failed).all())]


@pytest.mark.unbalanced  # there is no case
async def test_a_message_that_cannot_even_be_given_up_is_not_kept_in_hand(house: LoneHouse) -> None:
    house.echo.broken = 2  # the last turn, and giving up
    last = update(message).values(attempts=MAX_ATTEMPTS - 1)
    house.presence.number, number = None, house.presence.number  # nothing is begun meanwhile
    await house.hears(1)
    await house.store.write(lambda connection: connection.execute(last))
    house.presence.number = number
    with time_machine.travel(now() + timedelta(minutes=2), tick=True):  # behind any pause
        await house.replies(sent=1)
    assert house.echo.given_up == [1]


# --- the database ----------------------------------------------------------------------------------------


@contextlib.contextmanager
def locked(database: Path) -> Iterator[None]:
    """Somebody else writes, and does not come to an end."""
    with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextlib.contextmanager
def no_larger_files(database: Path) -> Iterator[None]:
    """Writing behind the end of any file fails, as on a disk that has gone bad."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextlib.contextmanager
def full(database: Path) -> Iterator[None]:
    """Not a byte is left on the disk under the database."""
    filler = database.parent / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    yield
    filler.unlink()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MB."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a disk")
    place = tmp_path / "disk"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "none", place], check=False).returncode:
        pytest.skip("this machine lets nobody mount a disk")
    yield place
    subprocess.run(["umount", place], check=True)


async def test_a_database_that_is_locked_by_another(tmp_path: Path) -> None:
    await _written_down_afterwards(tmp_path, locked)


async def test_a_disk_that_refuses_to_write(tmp_path: Path) -> None:
    await _written_down_afterwards(tmp_path, no_larger_files)


async def test_a_disk_that_is_full(small_disk: Path) -> None:
    await _written_down_afterwards(small_disk, full)


async def _written_down_afterwards(folder: Path, fault: Callable[[Path], AbstractContextManager[None]]) -> None:
    """Intake is refused meanwhile; what channels said while nothing could be written is written when it can be, and nothing is sent twice."""
    async with LoneHouse(in_folder(folder), patience=0.3) as house:
        arrive = asyncio.Event()

        async def takes_its_time(outgoing: Outgoing) -> Receipt:
            await arrive.wait()
            return await house.wire.takes(outgoing)

        house.wire.answer = takes_its_time
        await house.hears(1, 2, 3, 4)
        await house.replies(sending=4)
        with fault(folder / "front.db"):
            arrive.set()
            for number in range(100):
                with pytest.raises((StorageAway, StorageFull)):
                    await asyncio.gather(*(house.store.write(accept(said(9, f"{number}.{one}"))) for one in range(3)))
                if len(house.wire.arrived) == 4:
                    break
        await house.replies(sent=4)
        await house.hears(5)
        await house.replies(sent=5)
        assert len(house.wire.arrived) == 5
        assert await house.store.read(states) == ["answered"] * 5


# --- time ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hours", [-1, 1])
async def test_a_clock_that_jumps_holds_up_neither_messages_nor_replies(house: LoneHouse, hours: int) -> None:
    house.wire.answer = house.wire.asks_to_wait
    await house.hears(*CUSTOMERS)
    await house.replies(queued=len(CUSTOMERS))
    with time_machine.travel(now() + timedelta(hours=hours), tick=True):
        house.wire.answer = house.wire.takes
        await house.hears(99)
        await house.replies(sent=len(CUSTOMERS) + 1)


# --- the end ---------------------------------------------------------------------------------------------


async def test_who_stops_finishes_what_ends_soon_and_leaves_the_rest(
    house: LoneHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patrol, "FINISH_WITHIN", 0.5)
    soon = iter((True, False))

    async def takes_or_hangs(outgoing: Outgoing) -> Receipt:
        if next(soon):
            await asyncio.sleep(0.1)
            return await house.wire.takes(outgoing)
        return await house.wire.hangs(outgoing)

    house.wire.answer = takes_or_hangs
    await house.hears(1, 2)
    await house.replies(sending=2)
    await house.stop()
    assert sorted(await house.store.read(reply_states)) == ["sending", "sent"]
    assert "running" not in await house.store.read(states)


async def test_who_stops_while_a_send_is_being_announced_makes_it_and_leaves_no_doubt(tmp_path: Path) -> None:
    async with LoneHouse(in_folder(tmp_path)) as house:
        house.presence.number, number = None, house.presence.number  # nothing is begun meanwhile
        conversation_id = (await house.store.write(accept(said(1, 1))))[0].conversation_id
        await house.store.write(answer(conversation_id))
        with locked(tmp_path / "front.db"):
            house.presence.number = number
            house.live.tell("outbox")
            while not house.announcing:
                await asyncio.sleep(0)
            stopping = asyncio.create_task(house.stop())
            await asyncio.sleep(0)
        await stopping
        assert await house.store.read(reply_states) == ["sent"]
        assert len(house.wire.arrived) == 1
