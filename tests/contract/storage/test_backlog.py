"""Back pressure on every store: nothing is taken while too much waits, whoever has taken it, and nothing that was taken is lost."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import select

from bot.delivery.inbox import Inbox
from bot.errors import BacklogFull
from bot.storage import backlog as units
from bot.storage import inbox
from bot.storage.progress import load_progress
from bot.storage.store import Store
from bot.storage.tables import event, message
from tests.contract.storage.conftest import System
from tests.contract.storage.customers import accept, answered, inbox_of, said

MOST, OF_CONVERSATION = 10, 3
BOUNDS = {"most": MOST, "most_of_conversation": OF_CONVERSATION}


async def insist(own: Inbox, item: Any) -> None:
    """Deliver as a channel does: again, until it is taken."""
    while True:
        try:
            await own.accept([item])
            return
        except BacklogFull:
            await asyncio.sleep(0.01)


async def work_off(store: Store, number: int) -> None:
    """So many conversations get an answer."""

    def unit(connection: Any) -> None:
        for taken in inbox.take(connection, number):
            answered(taken.message)(connection)

    await store.write(unit)


async def test_from_the_bound_on_nothing_is_taken_until_a_tenth_is_worked_off(store: Store) -> None:
    own = inbox_of(store, **BOUNDS)
    for chat in range(MOST):
        await own.accept([said(chat, 1)])
    await own.backlog.look()
    for _ in range(2):
        with pytest.raises(BacklogFull):
            await own.accept([said("late", 1)])
    await work_off(store, 1)
    assert own.backlog.is_full  # nobody has looked yet
    await own.backlog.look()
    await own.accept([said("late", 1)])
    kept = await store.read(lambda c: list(c.execute(select(event.c.event_id).order_by(event.c.id)).scalars()))
    assert kept == [*(f"{chat}.1" for chat in range(MOST)), "late.1"]


async def test_what_comes_in_between_two_looks_counts_at_once(store: Store) -> None:
    own = inbox_of(store, **BOUNDS)
    told = await asyncio.gather(*(own.accept([said(chat, 1)]) for chat in range(3 * MOST)), return_exceptions=True)
    assert Counter(type(one) for one in told) == {list: MOST, BacklogFull: 2 * MOST}


async def test_one_customer_does_not_shut_the_doors_for_the_others(store: Store) -> None:
    await store.write(accept(*(said("flood", number) for number in range(5 * MOST))))
    own = inbox_of(store, **BOUNDS)
    await own.backlog.look()
    await own.accept([said("another", 1)])
    assert await store.read(lambda c: units.waiting(c, OF_CONVERSATION)) == OF_CONVERSATION + 1


async def test_a_conversation_has_a_bound_of_its_own(store: Store) -> None:
    own = inbox_of(store, **BOUNDS)
    told = await own.accept([said(1, number) for number in range(OF_CONVERSATION)] + [said(2, 1)])
    full, other = told[0].conversation_id, told[-1].conversation_id
    assert full is not None
    assert other is not None
    assert [await own.backlog.takes_more_of(one) for one in (full, other)] == [False, True]
    await work_off(store, 2)
    assert await own.backlog.takes_more_of(full)


async def test_processes_learn_of_what_others_have_taken(system: System) -> None:
    one, other = (inbox_of(system.store() if system.shared else system.opened[0], **BOUNDS) for _ in range(2))
    await one.accept([said(chat, 1) for chat in range(MOST)])
    await other.backlog.look()
    with pytest.raises(BacklogFull):
        await other.accept([said("late", 1)])


async def test_a_poller_waits_and_confirms_nothing_meanwhile(store: Store) -> None:
    own = inbox_of(store, **BOUNDS)
    await own.accept([said(chat, 1) for chat in range(MOST)])
    polled = asyncio.create_task(own.accept([said("polled", 1), said("polled", 2)], {"offset": 3}))
    looking = asyncio.create_task(own.backlog.run())
    await asyncio.sleep(0)
    assert await store.read(lambda c: load_progress(c, "telegram", "1")) == {}
    await work_off(store, MOST)
    assert [one.new for one in await polled] == [True, True]
    assert await store.read(lambda c: load_progress(c, "telegram", "1")) == {"offset": 3}
    looking.cancel()


async def test_whoever_was_refused_and_delivers_again_is_taken_once_and_in_order(store: Store) -> None:
    own = inbox_of(store, most=2)
    looking = asyncio.create_task(own.backlog.run())

    async def customer(chat: int) -> None:
        for number in range(3):
            await insist(own, said(chat, number))

    async def work() -> None:
        while True:
            await work_off(store, 2)
            await own.backlog.look()  # the second between two looks is not what is tried here
            await asyncio.sleep(0.01)

    working = asyncio.create_task(work())
    await asyncio.gather(*(customer(chat) for chat in range(4)))
    for task in (looking, working):
        task.cancel()
    rows = await store.read(
        lambda c: c.execute(select(message.c.conversation_id, message.c.vendor_id).order_by(message.c.id)).all()
    )
    said_in = {row.conversation_id: [one.vendor_id for one in rows if one[0] == row[0]] for row in rows}
    assert list(said_in.values()) == [["0", "1", "2"]] * 4
