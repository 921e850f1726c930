"""A process that dies, or is believed dead: what it had in hand is taken up once, and what it still says changes nothing."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import func, select, text

from bot.delivery.takeover import TakenOver, Takeover
from bot.domain.message import MessageState
from bot.domain.reply import ReplyState
from bot.errors import StorageConflict
from bot.storage import engines, inbox, outbox
from bot.storage import presence as presence_of
from bot.storage.presence import Presence
from bot.storage.rows import lock_conversation
from bot.storage.tables import process
from tests.contract.storage.conftest import System
from tests.contract.storage.customers import accept, answer, reply_states, said, states

NOTHING = TakenOver(0, 0, 0)


async def newcomer(system: System) -> tuple[Presence, Takeover]:
    """Another process enters."""
    presence = await system.presence()
    return presence, Takeover(system.opened[-1], system.live(), presence, frozenset({"web"}))


async def test_what_the_dead_had_in_hand_is_taken_up(system: System) -> None:
    store = system.opened[0]
    presence, _ = await newcomer(system)
    number = presence.number
    await store.write(accept(said("a", 1), said("b", 1, channel="web")))
    for conversation_id in (1, 2):
        await store.write(answer(conversation_id))
    taken = await store.write(lambda c: inbox.take(c, 10, number))
    started = await store.write(lambda c: outbox.start(c, 10, number))
    presence.close()  # its connection ends with it
    heir, takeover = await newcomer(system)
    assert await takeover.once() == TakenOver(messages=2, again=1, uncertain=1)
    assert await store.read(states) == ["queued", "queued"]
    assert await store.read(reply_states) == ["uncertain", "queued"]
    for unit in (
        lambda c: inbox.settle(c, taken[0].message, MessageState.ANSWERED),
        lambda c: outbox.settle_send(c, started[0], ReplyState.SENT),
    ):
        with pytest.raises(StorageConflict):
            await store.write(unit)
    assert len(await store.write(lambda c: inbox.take(c, 10, heir.number))) == 2
    assert await takeover.once() == NOTHING


async def test_the_living_are_left_alone(system: System) -> None:
    if not system.shared:
        pytest.skip("SQLite is worked on by one process")
    store = system.opened[0]
    presence, _ = await newcomer(system)
    await store.write(accept(said("a", 1)))
    await store.write(lambda c: inbox.take(c, 1, presence.number))
    _, takeover = await newcomer(system)
    assert await takeover.once() == NOTHING
    assert await store.read(states) == ["running"]
    assert await store.read(lambda c: c.execute(select(func.count()).select_from(process)).scalar_one()) == 2


async def test_who_stands_still_has_its_work_taken_up(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    if not system.shared:
        pytest.skip("SQLite is worked on by one process")
    monkeypatch.setattr(presence_of, "_NOT_SILENT_FOR_LONG", text("SET idle_session_timeout = '300ms'"))
    store = system.opened[0]
    frozen, _ = await newcomer(system)  # its connection stays, and nothing is asked on it
    await store.write(accept(said("a", 1)))
    await store.write(lambda c: inbox.take(c, 1, frozen.number))
    monkeypatch.undo()
    _, takeover = await newcomer(system)
    async with asyncio.timeout(20):
        while await takeover.once() == NOTHING:
            await asyncio.sleep(0.05)
    assert await store.read(states) == ["queued"]


async def test_who_stands_still_in_a_transaction_holds_nobody_up(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not system.shared:
        pytest.skip("SQLite has one writer")
    store = system.opened[0]
    await store.write(accept(said("a", 1)))
    monkeypatch.setattr(engines, "STANDS_STILL_AFTER", 1)
    frozen = system.store().engine.connect()
    lock_conversation(frozen, 1)
    await store.write(accept(said("a", 2)))
    assert await store.read(states) == ["queued", "queued"]
    frozen.invalidate()
    frozen.close()
