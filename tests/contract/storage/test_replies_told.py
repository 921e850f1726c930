"""What channels tell of our replies, and of persons who answer elsewhere, takes effect once and in any order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select

from bot.domain.conversation import Owner
from bot.domain.message import EventKind, InboundEvent
from bot.domain.reply import ReplyState
from bot.errors import StorageConflict
from bot.storage import cases, intake, outbox
from bot.storage.rows import load_conversation
from bot.storage.staff import add_staff
from bot.storage.store import Store
from bot.storage.tables import attempt, event, reply
from bot.storage.transcript import transcript
from tests.contract.storage.conftest import System
from tests.contract.storage.customers import accept, answer, key, said


def told(kind: EventKind, number: int, message_id: str = "", **more: Any) -> InboundEvent:
    """The channel tells something of the conversation `anna`."""
    return InboundEvent(key("anna"), f"told-{number}", kind, message_id, **more)


async def conversing(store: Store) -> int:
    """Anna has asked something."""
    [accepted] = await store.write(accept(said("anna", 1)))
    assert accepted.conversation_id is not None
    return int(accepted.conversation_id)


async def sent(store: Store, conversation: int, vendor_id: str) -> int:
    """The bot has answered, and the channel calls that so."""
    number = int(await store.write(answer(conversation)))

    def unit(connection: Connection) -> None:
        [started] = outbox.start(connection, 1)
        outbox.settle_send(connection, started, ReplyState.SENT, vendor_id=vendor_id)

    await store.write(unit)
    return number


def receipts(connection: Connection) -> list[tuple[str, bool, bool]]:
    """Of each reply how it is called, and whether it was delivered and read."""
    rows = connection.execute(select(reply).order_by(reply.c.id))
    return [(row.vendor_id, row.delivered_at is not None, row.read_at is not None) for row in rows]


async def test_a_reply_is_delivered_and_read_by_its_name(system: System) -> None:
    store = system.opened[0]
    conversation = await conversing(store)
    await sent(store, conversation, "a")
    await sent(store, conversation, "b")
    await store.write(accept(told(EventKind.DELIVERED, 1, "a"), told(EventKind.READ, 2, "b")))
    assert await store.read(receipts) == [("a", True, False), ("b", True, True)]


async def test_what_was_sent_until_a_moment_is_read(system: System) -> None:
    store = system.opened[0]
    conversation = await conversing(store)
    await sent(store, conversation, "a")
    await store.write(accept(told(EventKind.READ, 1, sent_at=datetime.now(UTC) - timedelta(hours=1))))
    assert await store.read(receipts) == [("a", False, False)]
    await store.write(accept(told(EventKind.READ, 2, sent_at=datetime.now(UTC) + timedelta(seconds=1))))
    assert await store.read(receipts) == [("a", True, True)]


async def test_what_the_channel_could_not_deliver_after_all_has_failed(system: System) -> None:
    store = system.opened[0]
    number = await sent(store, await conversing(store), "a")
    failed = told(EventKind.FAILED, 1, "a", reason="the customer has no WhatsApp any more")
    await store.write(accept(failed, failed))
    row = await store.read(lambda c: c.execute(select(reply)).one())
    assert (row.id, row.state, row.state_reason) == (number, "failed", "the customer has no WhatsApp any more")
    assert await store.read(lambda c: c.execute(select(attempt.c.outcome)).scalars().all()) == ["failed"]


@pytest.mark.parametrize("kind", [EventKind.DELIVERED, EventKind.READ, EventKind.FAILED])
async def test_what_is_told_of_a_stranger_makes_no_conversation(system: System, kind: EventKind) -> None:
    store = system.opened[0]
    [accepted] = await store.write(accept(told(kind, 1, "a", reason="x")))
    assert (accepted.conversation_id, accepted.new) == (None, True)
    assert (
        await store.read(lambda c: c.execute(select(event.c.reason)).scalar_one()) == "about a reply that is not ours"
    )


def person(number: int, message_id: str = "", text: str = "") -> InboundEvent:
    """Somebody of the company writes in the channel's own inbox."""
    return told(EventKind.TAKEN_OVER, number, message_id, text=text)


async def owner(store: Store, conversation: int) -> Owner:
    return (await store.read(lambda c: load_conversation(c, conversation))).owner


async def test_a_person_elsewhere_silences_the_bot_until_they_give_the_word_back(system: System) -> None:
    store = system.opened[0]
    conversation = await conversing(store)
    await store.write(answer(conversation))
    await store.write(accept(person(1, "p1", "Ich kümmere mich."), person(1, "p1", "Ich kümmere mich.")))
    assert await owner(store, conversation) is Owner.AGENT
    assert await store.write(lambda c: outbox.start(c, 1)) == []  # the bot's word is dropped
    story = await store.read(lambda c: [(i.sender, i.text, i.state) for i in transcript(c, conversation)])
    assert ("agent", "Ich kümmere mich.", "sent") in story
    assert ("bot", "Antwort", "dropped") in story
    [row] = await store.read(cases.queue)
    assert (row.reason, row.staff_id) == ("elsewhere", None)
    await store.write(accept(told(EventKind.GIVEN_BACK, 2)))
    assert await owner(store, conversation) is Owner.BOT
    assert await store.read(cases.queue) == []


async def test_what_the_bot_has_sent_is_no_persons_word_when_it_comes_back(system: System) -> None:
    store = system.opened[0]
    conversation = await conversing(store)
    await sent(store, conversation, "a")
    await store.write(accept(person(1, "a", "Antwort")))
    assert await owner(store, conversation) is Owner.BOT


async def test_an_agent_here_takes_it_from_elsewhere_and_keeps_it(system: System) -> None:
    store = system.opened[0]
    conversation = await conversing(store)
    staff = {"role": "agent", "password_hash": "x"}
    anna = await store.write(lambda c: add_staff(c, login="anna", name="Anna", **staff))
    ole = await store.write(lambda c: add_staff(c, login="ole", name="Ole", **staff))
    await store.write(accept(person(1, "p1", "Moment")))
    [row] = await store.read(cases.queue)
    await store.write(lambda c: cases.claim(c, row.id, anna))
    with pytest.raises(StorageConflict, match="Anna has this case"):
        await store.write(lambda c: cases.claim(c, row.id, ole))
    await store.write(accept(person(2, "p2", "Noch etwas"), told(EventKind.GIVEN_BACK, 3)))
    [row] = await store.read(cases.queue)
    assert (row.staff_id, await owner(store, conversation)) == (anna, Owner.AGENT)


async def test_giving_back_what_nobody_has_changes_nothing(system: System) -> None:
    store = system.opened[0]
    conversation = await conversing(store)
    await store.write(lambda c: intake.accept(c, [told(EventKind.GIVEN_BACK, 1)]))
    assert await owner(store, conversation) is Owner.BOT


async def test_the_window_opens_with_each_message_and_a_send_knows_what_it_answers(system: System) -> None:
    store = system.opened[0]
    before = datetime.now(UTC)
    conversation = await conversing(store)
    await store.write(accept(said("anna", 2)))
    await store.write(answer(conversation))
    [started] = await store.write(lambda c: outbox.start(c, 1))
    assert started.outgoing.heard_at is not None
    assert started.outgoing.heard_at >= before
    assert started.outgoing.answers == "2"


async def doubtful(store: Store, conversation: int) -> int:
    """The bot has answered, and nobody knows whether that arrived."""
    number = int(await store.write(answer(conversation)))

    def unit(connection: Connection) -> None:
        [started] = outbox.start(connection, 1)
        outbox.settle_send(connection, started, ReplyState.UNCERTAIN, detail="the connection broke")

    await store.write(unit)
    return number


@pytest.mark.parametrize(
    ("kind", "state"),
    [(EventKind.DELIVERED, "sent"), (EventKind.READ, "sent"), (EventKind.FAILED, "failed")],
)
async def test_what_is_told_of_a_reply_by_our_own_name_for_it_ends_the_doubt(
    system: System, kind: EventKind, state: str
) -> None:
    store = system.opened[0]
    conversation = await conversing(store)
    number = await doubtful(store, conversation)
    event = told(kind, 1, "a", reply_id=number, reason="gone" if state == "failed" else "")
    await store.write(accept(event, event))

    def written(connection: Connection) -> tuple[Any, ...]:
        row = connection.execute(select(reply).where(reply.c.id == number)).one()
        outcomes = connection.execute(select(attempt.c.outcome)).scalars().all()
        return row.state, row.vendor_id, row.delivered_at is not None, row.read_at is not None, outcomes

    delivered, read = state == "sent", kind is EventKind.READ
    assert await store.read(written) == (state, "a", delivered, read, [state])


async def test_only_a_doubt_of_the_same_conversation_is_ended(system: System) -> None:
    store = system.opened[0]
    conversation = await conversing(store)
    known = await sent(store, conversation, "a")
    number = await doubtful(store, conversation)
    [elsewhere] = await store.write(accept(said("ben", 1)))
    assert elsewhere.conversation_id != conversation
    of_ben = InboundEvent(key("ben"), "told-1", EventKind.DELIVERED, "b", reply_id=number)
    of_known = told(EventKind.DELIVERED, 2, "c", reply_id=known)
    unnamed = told(EventKind.READ, 3, reply_id=number)
    await store.write(accept(of_ben, of_known, unnamed))

    def states(connection: Connection) -> list[tuple[str, str]]:
        return [tuple(row) for row in connection.execute(select(reply.c.state, reply.c.vendor_id).order_by(reply.c.id))]

    assert await store.read(states) == [("sent", "a"), ("uncertain", "")]
