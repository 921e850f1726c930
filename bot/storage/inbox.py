"""Units of work for what comes in: accept once, take by lane, settle with everything that follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.domain.conversation import Conversation, ConversationKey, Owner
from bot.domain.message import EventKind, InboundEvent, Message, MessageState
from bot.storage.cases import open_case_of
from bot.storage.rows import insert_row, load_conversation, message_from, next_position, now
from bot.storage.tables import (
    attachment,
    channel_account,
    conversation,
    customer,
    event,
    message,
    message_revision,
)


def _insert_once(connection: Connection, table: Any) -> Any:
    """INSERT … ON CONFLICT DO NOTHING in the database's own dialect."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table).on_conflict_do_nothing()


@dataclass(frozen=True)
class Accepted:
    """What accepting an event came to: the conversation it belongs to, and whether it was `new` (else a duplicate)."""

    conversation_id: int
    new: bool


def accept(
    connection: Connection, events: Sequence[InboundEvent], progress: dict[str, Any] | None = None
) -> list[Accepted]:
    """Store events exactly once each, in their order, and a poller's progress with them."""
    accepted = [_accept_one(connection, item) for item in events]
    if progress is not None and events:
        save_progress(connection, events[0].key.channel, events[0].key.account, progress)
    return accepted


def save_progress(connection: Connection, channel: str, account: str, progress: dict[str, Any]) -> None:
    """Remember where a poller stands."""
    connection.execute(_insert_once(connection, channel_account).values(channel=channel, account=account, progress={}))
    where = and_(channel_account.c.channel == channel, channel_account.c.account == account)
    connection.execute(update(channel_account).where(where).values(progress=progress))


def load_progress(connection: Connection, channel: str, account: str) -> dict[str, Any]:
    """Where a poller stood when its last events were committed; empty at the very first start."""
    where = and_(channel_account.c.channel == channel, channel_account.c.account == account)
    return connection.execute(select(channel_account.c.progress).where(where)).scalar() or {}


def _accept_one(connection: Connection, item: InboundEvent) -> Accepted:
    conversation_id = ensure_conversation(connection, item.key, name=item.customer_name, language=item.language)
    event_pk = connection.execute(
        _insert_once(connection, event)
        .values(
            channel=item.key.channel,
            account=item.key.account,
            event_id=item.event_id,
            kind=item.kind.value,
            reason=item.reason,
            raw=item.raw,
            received_at=now(),
        )
        .returning(event.c.id)
    ).scalar()
    if event_pk is None:
        return Accepted(conversation_id, new=False)
    if item.kind in (EventKind.MESSAGE, EventKind.BUTTON):
        _add_message(connection, conversation_id, event_pk, item)
    elif item.kind in (EventKind.EDIT, EventKind.DELETE):
        _revise_message(connection, conversation_id, event_pk, item)
    elif item.kind is EventKind.BLOCKED:
        connection.execute(update(conversation).where(conversation.c.id == conversation_id).values(blocked=True))
    return Accepted(conversation_id, new=True)


def ensure_conversation(
    connection: Connection, key: ConversationKey, *, name: str = "", language: str | None = None
) -> int:
    """The id of the conversation at `key`; made, with a customer of its own, at first contact."""
    where = and_(
        conversation.c.channel == key.channel,
        conversation.c.account == key.account,
        conversation.c.chat == key.chat,
        conversation.c.thread == key.thread,
    )
    found: int | None = connection.execute(select(conversation.c.id).where(where)).scalar()
    if found is not None:
        return found
    customer_id = insert_row(connection, customer, name=name, created_at=now())
    values = {"channel": key.channel, "account": key.account, "chat": key.chat, "thread": key.thread}
    values |= {"owner": Owner.BOT.value}
    return insert_row(connection, conversation, **values, customer_id=customer_id, language=language, created_at=now())


def _add_message(connection: Connection, conversation_id: int, event_pk: int, item: InboundEvent) -> None:
    known = select(message.c.id).where(
        message.c.conversation_id == conversation_id, message.c.vendor_id == item.message_id
    )
    if connection.execute(known).first():  # the vendor delivered one message in two events
        connection.execute(update(event).where(event.c.id == event_pk).values(reason="same message again"))
        return
    at = now()
    connection.execute(update(conversation).where(conversation.c.id == conversation_id).values(blocked=False))
    message_id = insert_row(
        connection,
        message,
        conversation_id=conversation_id,
        event_id=event_pk,
        position=next_position(connection, conversation_id),
        vendor_id=item.message_id,
        kind=item.kind.value,
        text=item.text,
        button=vars(item.button) if item.button else None,
        state=MessageState.QUEUED.value,
        due_at=at,
        received_at=at,
    )
    for one in item.attachments:
        connection.execute(insert(attachment).values(message_id=message_id, **vars(one)))


def _revise_message(connection: Connection, conversation_id: int, event_pk: int, item: InboundEvent) -> None:
    """Keep the revision. What waits is changed before it is read; what the bot had answered is read anew."""
    where = (message.c.conversation_id == conversation_id, message.c.vendor_id == item.message_id)
    target = connection.execute(select(message.c.id, message.c.state, message.c.text).where(*where)).first()
    if target is None:
        connection.execute(update(event).where(event.c.id == event_pk).values(reason="changes an unknown message"))
        return
    connection.execute(
        insert(message_revision).values(
            message_id=target.id, event_id=event_pk, kind=item.kind.value, text=item.text, at=now()
        )
    )
    waits = target.state == MessageState.QUEUED
    values: dict[str, Any] = {}
    if item.kind is EventKind.DELETE and waits:
        values = {"state": MessageState.IGNORED.value, "state_reason": "deleted by the customer", "settled_at": now()}
    elif item.kind is EventKind.EDIT and item.text != target.text:
        values = {"text": item.text, "revision": message.c.revision + 1}
        if target.state == MessageState.ANSWERED:
            values |= {"state": MessageState.QUEUED.value, "due_at": now(), "attempts": 0, "state_reason": "edited"}
    if values:
        connection.execute(update(message).where(message.c.id == target.id).values(**values))


@dataclass(frozen=True)
class Taken:
    """A message that is now being worked on, with its conversation and whether a case of it is open."""

    message: Message
    conversation: Conversation
    case_open: bool = False


def take(connection: Connection, limit: int) -> list[Taken]:
    """Take up to `limit` messages, oldest first, whose lane is free and whose time has come."""
    ahead = message.alias("ahead")
    first_of_lane = (
        select(func.min(ahead.c.id))
        .where(
            ahead.c.conversation_id == message.c.conversation_id,
            ahead.c.state.in_([MessageState.QUEUED.value, MessageState.RUNNING.value]),
        )
        .correlate(message)
        .scalar_subquery()
    )
    rows = connection.execute(
        select(message)
        .where(message.c.state == MessageState.QUEUED.value, message.c.due_at <= now(), message.c.id == first_of_lane)
        .order_by(message.c.id)
        .limit(limit)
    ).all()
    return [_take_one(connection, row) for row in rows]


def _take_one(connection: Connection, row: Any) -> Taken:
    values = {"state": MessageState.RUNNING.value, "attempts": row.attempts + 1}
    connection.execute(update(message).where(message.c.id == row.id).values(**values))
    return Taken(
        replace(message_from(connection, row), attempts=row.attempts + 1),
        load_conversation(connection, row.conversation_id),
        open_case_of(connection, row.conversation_id) is not None,
    )


def settle(
    connection: Connection,
    message_id: int,
    state: MessageState,
    *,
    reason: str = "",
    reading: dict[str, Any] | None = None,
    brain: str = "",
) -> None:
    """Put a running message into its final state, with the reading that led there."""
    connection.execute(
        update(message)
        .where(message.c.id == message_id)
        .values(state=state.value, state_reason=reason, reading=reading, brain=brain, settled_at=now())
    )


def requeue(connection: Connection, message_id: int, due_at: datetime, reason: str) -> None:
    """Give a running message back to its lane, to be tried again at `due_at`."""
    connection.execute(
        update(message)
        .where(message.c.id == message_id)
        .values(state=MessageState.QUEUED.value, due_at=due_at, state_reason=reason)
    )


def recover(connection: Connection) -> int:
    """After a crash: what was being worked on is waiting again. Returns how many messages."""
    values = {"state": MessageState.QUEUED.value, "due_at": now(), "state_reason": "interrupted"}
    where = message.c.state == MessageState.RUNNING.value
    return connection.execute(update(message).where(where).values(**values)).rowcount


def ledger(connection: Connection) -> dict[str, int]:
    """How many messages are in each state; the sum is the number of messages received."""
    counted = connection.execute(select(message.c.state, func.count().label("messages")).group_by(message.c.state)).all()
    return {state.value: 0 for state in MessageState} | {row.state: row.messages for row in counted}
