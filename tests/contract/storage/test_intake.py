"""Deliveries that are committed together come to the same as one after the other, whatever is among them."""

from __future__ import annotations

import asyncio
from functools import partial
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection, select

from bot.domain.conversation import ConversationKey
from bot.domain.message import Attachment, Button, EventKind, InboundEvent
from bot.storage import intake
from bot.storage.intake import Accepted
from bot.storage.store import Store
from bot.storage.tables import attachment, conversation, event, message, message_revision
from tests.contract.storage.customers import inbox_of, said

STORMS = 40
KINDS = [EventKind.MESSAGE] * 8 + [
    EventKind.BUTTON,
    EventKind.EDIT,
    EventKind.DELETE,
    EventKind.BLOCKED,
    EventKind.IGNORED,
]


def storm(chance: Random, account: str) -> list[InboundEvent]:
    """Events of a few customers, of which some come again, in the same delivery of the vendor's or in another."""
    found: list[InboundEvent] = []
    for number in range(chance.randint(2, 30)):
        if found and chance.random() < 0.15:
            found.append(chance.choice(found))
            continue
        kind = chance.choice(KINDS)
        key = ConversationKey("telegram", account, str(chance.randint(1, 4)), chance.choice(["", "", "7"]))
        button = Button("helped_yes", label="Ja") if kind is EventKind.BUTTON else None
        files = (Attachment("photo", f"file{number}"),) if chance.random() < 0.2 else ()
        words = {"text": f"Wort {number}", "button": button, "attachments": files, "customer_name": "Zoë"}
        found.append(InboundEvent(key, f"e{number}", kind, f"m{chance.randint(1, 8)}", raw={"n": number}, **words))
    return found


def deliveries(chance: Random, events: list[InboundEvent]) -> list[list[InboundEvent]]:
    """The same events, a few at a time."""
    found = []
    while events:
        size = chance.randint(1, 12)
        found.append(events[:size])
        events = events[size:]
    return found


def stored(connection: Connection, account: str) -> Any:
    """All that is kept of an account, but ids and times."""
    place = (conversation.c.chat, conversation.c.thread)
    columns = (message.c.position, message.c.vendor_id, message.c.kind, message.c.text, message.c.button)
    columns += (message.c.files, message.c.state, message.c.revision)
    here = conversation.c.account == account
    joined = conversation.join(message)
    queries = [
        select(event.c.event_id, event.c.kind, event.c.reason, event.c.raw).where(event.c.account == account),
        select(*place, conversation.c.length, conversation.c.blocked, conversation.c.inbox_due.is_(None)).where(here),
        select(*place, *columns).select_from(joined).where(here),
        select(*place, message.c.vendor_id, attachment.c.reference).select_from(joined.join(attachment)).where(here),
        select(*place, message.c.vendor_id, message_revision.c.text)
        .select_from(joined.join(message_revision, message_revision.c.message_id == message.c.id))
        .where(here),
    ]
    return [sorted(map(str, map(tuple, connection.execute(query)))) for query in queries]


def outlined(accepted: list[Accepted]) -> list[tuple[int, bool, int | None]]:
    """Results with conversations by the order in which they came."""
    known: dict[int, int] = {}
    return [(known.setdefault(one.conversation_id or 0, len(known)), one.new, one.position) for one in accepted]


async def test_what_is_committed_together_comes_to_the_same(store: Store) -> None:
    for number in range(STORMS):
        apart, together = (storm(Random(number), f"{way} {number}") for way in ("apart", "together"))
        told: dict[str, list[Accepted]] = {"apart": [], "together": []}
        for one in apart:
            told["apart"] += await store.write(partial(intake.accept, events=[one]))
        for some in deliveries(Random(number), together):
            told["together"] += await store.write(partial(intake.accept, events=some))
        assert outlined(told["apart"]) == outlined(told["together"]), number
        kept = [await store.read(partial(stored, account=f"{way} {number}")) for way in told]
        assert kept[0] == kept[1], number


async def test_messages_of_a_conversation_wait_in_the_order_they_were_given(store: Store) -> None:
    events = [said(chat, number) for number in range(5) for chat in (1, 2)]
    accepted = await store.write(lambda c: intake.accept(c, events))
    assert [one.position for one in accepted] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    order = select(message.c.vendor_id).join(conversation).where(conversation.c.chat == "1").order_by(message.c.id)
    assert await store.read(lambda c: list(c.execute(order).scalars())) == list("01234")


async def test_whoever_delivers_is_told_of_his_own_and_what_is_wrong_with_one_harms_nobody(store: Store) -> None:
    inbox_ = inbox_of(store)
    broken = InboundEvent(ConversationKey("telegram", "1", "9"), "broken", EventKind.MESSAGE, "1", raw={"n": object()})
    given = [[said(1, 1), said(1, 2)], [broken], [said(2, 1)], [said(1, 1)], []]
    told = await asyncio.gather(*(inbox_.accept(events) for events in given), return_exceptions=True)
    assert isinstance(told[1], Exception)
    assert [len(one) for one in told if isinstance(one, list)] == [2, 1, 1, 0]
    assert [one.new for one in (*told[0], *told[2], *told[3])] == [True, True, True, False]  # type: ignore[misc]
    rows = await store.read(lambda c: c.execute(select(message.c.vendor_id)).all())
    assert len(rows) == 3


@pytest.mark.parametrize("processes", [3])
async def test_processes_that_are_given_the_same_all_at_once_store_it_once(system: Any, processes: int) -> None:
    inboxes = [inbox_of(system.store() if system.shared else system.opened[0]) for _ in range(processes)]
    events = [said(chat, number) for chat in range(5) for number in range(10)]
    orders = [Random(number).sample(events, len(events)) for number in range(processes)]
    told = await asyncio.gather(
        *(one.accept([item]) for one, order in zip(inboxes, orders, strict=True) for item in order)
    )
    assert sum(one.new for (one,) in told) == len(events)
    kept = select(conversation.c.id, conversation.c.length)
    assert [row.length for row in await system.opened[0].read(lambda c: c.execute(kept).all())] == [10] * 5
