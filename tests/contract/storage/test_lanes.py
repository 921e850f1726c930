"""Order and fairness: one lane a conversation, many at once, nobody waits for somebody else's thousand messages."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import text

from bot.domain.message import EventKind, InboundEvent, MessageState
from bot.errors import StorageConflict
from bot.storage import inbox, outbox
from bot.storage.lanes import INBOX
from bot.storage.rows import lock_conversation
from bot.storage.store import Store
from tests.contract.storage.conftest import System
from tests.contract.storage.customers import accept, answer, answered, handed_over, key, reply_states, said, states

WAITING_FOR_A_ROW = (
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
)


async def test_the_next_message_of_a_conversation_waits_for_the_one_before(store: Store) -> None:
    await store.write(accept(said("a", 1, "eins"), said("a", 2, "zwei"), said("b", 1, "drei")))
    first = await store.write(lambda c: inbox.take(c, 10))
    assert [one.message.text for one in first] == ["eins", "drei"]
    assert await store.write(lambda c: inbox.take(c, 10)) == []
    await store.write(answered(first[0].message))
    assert [one.message.text for one in await store.write(lambda c: inbox.take(c, 10))] == ["zwei"]


async def test_who_sends_a_thousand_messages_gets_one_turn_a_round(store: Store) -> None:
    await store.write(accept(*(said("loud", number) for number in range(1000))))
    await store.write(accept(*(said(f"quiet {number}", 1) for number in range(20))))
    served = []
    for _ in range(21):
        (taken,) = await store.write(lambda c: inbox.take(c, 1))
        served.append(taken.conversation.key.chat)
        await store.write(answered(taken.message))
    assert served == ["loud", *(f"quiet {number}" for number in range(20))]


async def test_a_message_to_be_tried_again_keeps_its_place_and_holds_up_nobody_else(store: Store) -> None:
    await store.write(accept(said("a", 1, "eins"), said("a", 2, "zwei")))
    (taken,) = await store.write(lambda c: inbox.take(c, 1))
    later = datetime.now(UTC) + timedelta(minutes=5)
    await store.write(lambda c: inbox.requeue(c, taken.message, later, "again"))
    await store.write(accept(said("b", 1, "drei")))
    assert [one.message.text for one in await store.write(lambda c: inbox.take(c, 10))] == ["drei"]
    with time_machine.travel(later + timedelta(seconds=1), tick=True):
        assert [one.message.text for one in await store.write(lambda c: inbox.take(c, 10))] == ["eins"]


async def test_a_clock_that_is_set_back_holds_nobody_up(store: Store) -> None:
    await store.write(accept(said("a", 1)))
    await store.write(answer(1))
    (taken,) = await store.write(lambda c: inbox.take(c, 1))
    later = datetime.now(UTC) + timedelta(minutes=1)
    await store.write(lambda c: inbox.requeue(c, taken.message, later, "again"))
    with time_machine.travel(datetime.now(UTC) - timedelta(hours=1), tick=True):
        assert await store.read(INBOX.any_free)
        assert len(await store.write(lambda c: inbox.take(c, 1))) == 1
        assert len(await store.write(lambda c: outbox.start(c, 1))) == 1


async def test_an_edited_message_is_read_anew_after_what_is_under_way(store: Store) -> None:
    await store.write(accept(said("a", 1, "alt"), said("a", 2)))
    (first,) = await store.write(lambda c: inbox.take(c, 1))
    await store.write(answered(first.message))
    (second,) = await store.write(lambda c: inbox.take(c, 1))
    await store.write(accept(InboundEvent(key("a"), "edit", EventKind.EDIT, "1", "neu")))
    assert await store.write(lambda c: inbox.take(c, 1)) == []
    await store.write(answered(second.message))
    (again,) = await store.write(lambda c: inbox.take(c, 1))
    assert (again.message.text, again.message.revision) == ("neu", 1)


async def test_a_message_edited_while_its_turn_is_taken_is_read_anew(store: Store) -> None:
    await store.write(accept(said("a", 1, "alt")))
    (first,) = await store.write(lambda c: inbox.take(c, 1))
    await store.write(accept(InboundEvent(key("a"), "edit", EventKind.EDIT, "1", "neu")))
    await store.write(answered(first.message))
    (again,) = await store.write(lambda c: inbox.take(c, 1))
    assert (again.message.text, again.message.revision) == ("neu", 1)
    await store.write(answered(again.message))
    assert await store.read(states) == ["answered"]


async def test_what_an_agent_has_is_not_read_anew(store: Store) -> None:
    await store.write(accept(said("a", 1, "alt")))
    (taken,) = await store.write(lambda c: inbox.take(c, 1))
    await store.write(accept(InboundEvent(key("a"), "edit", EventKind.EDIT, "1", "neu")))
    await store.write(handed_over(taken.message))
    assert await store.read(states) == ["with_agent"]


async def test_a_turn_from_before_an_edit_cannot_end_the_one_after_it(store: Store) -> None:
    await store.write(accept(said("a", 1, "alt")))
    (lost,) = await store.write(lambda c: inbox.take(c, 1))
    await store.write(lambda c: inbox.recover(c, []))
    (second,) = await store.write(lambda c: inbox.take(c, 1))
    await store.write(answered(second.message))
    await store.write(accept(InboundEvent(key("a"), "edit", EventKind.EDIT, "1", "neu")))
    await store.write(lambda c: inbox.take(c, 1))
    with pytest.raises(StorageConflict):
        await store.write(lambda c: inbox.settle(c, lost.message, MessageState.ANSWERED))


async def test_workers_at_once_never_share_a_message_nor_take_two_of_a_conversation(system: System) -> None:
    workers = [system.store() for _ in range(4 if system.shared else 1)]
    await system.opened[0].write(accept(*(said(chat, number) for number in range(5) for chat in range(30))))
    seen: list[tuple[str, int]] = []
    under_way: set[str] = set()

    async def work(store: Store) -> None:
        while await store.read(lambda c: "queued" in states(c)):
            for one in await store.write(lambda c: inbox.take(c, 3)):
                chat = one.conversation.key.chat
                assert chat not in under_way
                under_way.add(chat)
                seen.append((chat, one.message.id))
                await asyncio.sleep(0)
                under_way.discard(chat)
                await store.write(answered(one.message))

    await asyncio.gather(*(work(store) for store in workers))
    assert len(seen) == len(set(seen)) == 150
    for chat in {chat for chat, _ in seen}:
        order = [number for other, number in seen if other == chat]
        assert order == sorted(order)


async def test_replies_of_a_conversation_go_one_by_one_and_those_of_others_beside_them(store: Store) -> None:
    await store.write(accept(said("a", 1), said("b", 1)))
    for conversation_id in (1, 1, 2):
        await store.write(answer(conversation_id))
    started = await store.write(lambda c: outbox.start(c, 10))
    assert [one.conversation_id for one in started] == [1, 2]
    assert await store.write(lambda c: outbox.start(c, 10)) == []
    await store.write(lambda c: outbox.settle_send(c, started[0], outbox.ReplyState.SENT))
    assert len(await store.write(lambda c: outbox.start(c, 10))) == 1
    assert await store.read(reply_states) == ["sent", "sending", "sending"]


async def test_what_comes_to_wait_while_a_send_ends_is_sent(system: System) -> None:
    if not system.shared:
        pytest.skip("SQLite has one writer")
    store = system.opened[0]
    await store.write(accept(said("a", 1)))
    await store.write(answer(1))
    (started,) = await store.write(lambda c: outbox.start(c, 1))
    with system.store().engine.begin() as other:  # an agent writes …
        lock_conversation(other, 1)
        answer(1)(other)
        ending = asyncio.create_task(store.write(lambda c: outbox.settle_send(c, started, outbox.ReplyState.SENT)))
        while not await store.read(lambda c: c.execute(text(WAITING_FOR_A_ROW)).scalar()):
            await asyncio.sleep(0.01)
    await ending  # … and commits before the end of the send does
    assert len(await store.write(lambda c: outbox.start(c, 1))) == 1


async def test_what_comes_to_wait_while_a_turn_ends_is_taken(system: System) -> None:
    if not system.shared:
        pytest.skip("SQLite has one writer")
    store = system.opened[0]
    await store.write(accept(said("a", 1)))
    (taken,) = await store.write(lambda c: inbox.take(c, 1))
    with system.store().engine.begin() as other:
        accept(said("a", 2))(other)
        ending = asyncio.create_task(store.write(handed_over(taken.message)))
        while not await store.read(lambda c: c.execute(text(WAITING_FOR_A_ROW)).scalar()):
            await asyncio.sleep(0.01)
    await ending
    assert len(await store.write(lambda c: inbox.take(c, 1))) == 1
