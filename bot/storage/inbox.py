"""Units of work for what comes in: accept once, take by lane, settle with everything that follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, func, literal_column, select, text, update

from bot.domain.conversation import Conversation, ConversationKey, Owner
from bot.domain.message import EventKind, InboundEvent, Message, MessageState
from bot.storage.cases import open_case_of
from bot.storage.rows import load_conversation, message_from, next_position, now
from bot.storage.statements import insert_once, insert_row, update_row
from bot.storage.tables import (
    OPEN_MESSAGES,
    attachment,
    channel_account,
    conversation,
    customer,
    event,
    message,
    message_revision,
)

_QUEUED: ColumnElement[str] = literal_column(
    "'queued'"
)  # written out: SQLite uses a partial index only for what it can read in the statement
_FIRST_OF_LANES = select(func.min(message.c.id)).where(text(OPEN_MESSAGES)).group_by(message.c.conversation_id)
_DUE = (
    select(message)
    .where(message.c.id.in_(_FIRST_OF_LANES), message.c.state == _QUEUED, message.c.due_at <= bindparam("at"))
    .order_by(message.c.id)
    .limit(bindparam("limit"))
)
_CONVERSATION_AT = select(conversation.c.id, conversation.c.blocked).where(
    conversation.c.channel == bindparam("channel"),
    conversation.c.account == bindparam("account"),
    conversation.c.chat == bindparam("chat"),
    conversation.c.thread == bindparam("thread"),
)
_MESSAGE_AT = select(message.c.id, message.c.position, message.c.state, message.c.text).where(
    message.c.conversation_id == bindparam("conversation_id"), message.c.vendor_id == bindparam("vendor_id")
)
_PROGRESS = select(channel_account).where(
    channel_account.c.channel == bindparam("channel"), channel_account.c.account == bindparam("account")
)


@dataclass(frozen=True)
class Accepted:
    """What accepting an event came to: its conversation, whether it was `new` (else a duplicate), and the message's position.

    `position` is None for events that are no message, `conversation_id` for those that are kept and ignored.
    """

    conversation_id: int | None
    new: bool
    position: int | None = None


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
    insert_once(connection, channel_account, channel=channel, account=account, progress={})
    row = connection.execute(_PROGRESS, {"channel": channel, "account": account}).one()
    update_row(connection, channel_account, row.id, progress=progress)


def load_progress(connection: Connection, channel: str, account: str) -> dict[str, Any]:
    """Where a poller stood when its last events were committed; empty at the very first start."""
    row = connection.execute(_PROGRESS, {"channel": channel, "account": account}).first()
    return row.progress if row else {}


def _accept_one(connection: Connection, item: InboundEvent) -> Accepted:
    event_pk = insert_once(
        connection,
        event,
        channel=item.key.channel,
        account=item.key.account,
        event_id=item.event_id,
        kind=item.kind.value,
        reason=item.reason,
        raw=item.raw,
        received_at=now(),
    )
    if item.kind is EventKind.IGNORED:
        return Accepted(None, event_pk is not None)
    conversation_id = ensure_conversation(connection, item.key, name=item.customer_name, language=item.language)
    if item.kind in (EventKind.MESSAGE, EventKind.BUTTON):
        position = _add_message(connection, conversation_id, event_pk, item)
        return Accepted(conversation_id, event_pk is not None, position)
    if event_pk is not None:
        if item.kind in (EventKind.EDIT, EventKind.DELETE):
            _revise_message(connection, conversation_id, event_pk, item)
        elif item.kind is EventKind.BLOCKED:
            update_row(connection, conversation, conversation_id, blocked=True)
    return Accepted(conversation_id, event_pk is not None)


def ensure_conversation(
    connection: Connection, key: ConversationKey, *, name: str = "", language: str | None = None
) -> int:
    """The id of the conversation at `key`; made, with a customer of its own, at first contact."""
    place = {"channel": key.channel, "account": key.account, "chat": key.chat, "thread": key.thread}
    found = connection.execute(_CONVERSATION_AT, place).first()
    if found is not None:
        return int(found.id)
    customer_id = insert_row(connection, customer, name=name, created_at=now())
    return insert_row(
        connection,
        conversation,
        **place,
        customer_id=customer_id,
        owner=Owner.BOT.value,
        epoch=0,
        language=language,
        facts={},
        blocked=False,
        length=0,
        created_at=now(),
    )


def _add_message(connection: Connection, conversation_id: int, event_pk: int | None, item: InboundEvent) -> int | None:
    place = {"conversation_id": conversation_id, "vendor_id": item.message_id}
    known = connection.execute(_MESSAGE_AT, place).first()
    if known is not None:
        if event_pk is not None:  # the vendor delivered one message in two events
            update_row(connection, event, event_pk, reason="same message again")
        return int(known.position)
    if event_pk is None:  # the event was there, as something that is no message
        return None
    at = now()
    position = next_position(connection, conversation_id)
    message_id = insert_row(
        connection,
        message,
        conversation_id=conversation_id,
        event_id=event_pk,
        position=position,
        vendor_id=item.message_id,
        kind=item.kind.value,
        text=item.text,
        button=vars(item.button) if item.button else None,
        files=len(item.attachments),
        state=MessageState.QUEUED.value,
        state_reason="",
        attempts=0,
        revision=0,
        brain="",
        due_at=at,
        received_at=at,
    )
    for one in item.attachments:
        insert_row(connection, attachment, message_id=message_id, **vars(one))
    update_row(connection, conversation, conversation_id, blocked=False)
    return position


def _revise_message(connection: Connection, conversation_id: int, event_pk: int, item: InboundEvent) -> None:
    """Keep the revision. What waits is changed before it is read; what the bot had answered is read anew."""
    place = {"conversation_id": conversation_id, "vendor_id": item.message_id}
    target = connection.execute(_MESSAGE_AT, place).first()
    if target is None:
        update_row(connection, event, event_pk, reason="changes an unknown message")
        return
    insert_row(
        connection,
        message_revision,
        message_id=target.id,
        event_id=event_pk,
        kind=item.kind.value,
        text=item.text,
        at=now(),
    )
    connection.execute(update(message).where(message.c.id == target.id).values(revision=message.c.revision + 1))
    if item.kind is EventKind.DELETE and target.state == MessageState.QUEUED:
        settle(connection, target.id, MessageState.IGNORED, reason="deleted by the customer")
    elif item.kind is EventKind.EDIT and item.text != target.text:
        update_row(connection, message, target.id, text=item.text)
        if target.state == MessageState.ANSWERED:
            again = {"state": MessageState.QUEUED.value, "due_at": now(), "attempts": 0, "state_reason": "edited"}
            update_row(connection, message, target.id, **again)


@dataclass(frozen=True)
class Taken:
    """A message that is now being worked on, with its conversation and whether a case of it is open."""

    message: Message
    conversation: Conversation
    case_open: bool = False


def anything_due(connection: Connection) -> bool:
    """Whether `take` would find something. To be asked first, because a look costs less than a transaction."""
    return connection.execute(_DUE, {"at": now(), "limit": 1}).first() is not None


def take(connection: Connection, limit: int) -> list[Taken]:
    """Take up to `limit` messages, oldest first, whose lane is free and whose time has come."""
    rows = connection.execute(_DUE, {"at": now(), "limit": limit}).all()
    return [_take_one(connection, row) for row in rows]


def _take_one(connection: Connection, row: Row[Any]) -> Taken:
    attempts = row.attempts + 1
    update_row(connection, message, row.id, state=MessageState.RUNNING.value, attempts=attempts)
    return Taken(
        message_from(connection, row, attempts),
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
    """Put a message into its final state, with the reading that led there."""
    facts = {"state": state.value, "state_reason": reason, "reading": reading, "brain": brain}
    update_row(connection, message, message_id, **facts, settled_at=now())


def requeue(connection: Connection, message_id: int, due_at: datetime, reason: str) -> None:
    """Give a running message back to its lane, to be tried again at `due_at`."""
    update_row(connection, message, message_id, state=MessageState.QUEUED.value, due_at=due_at, state_reason=reason)


def recover(connection: Connection) -> int:
    """After a crash: what was being worked on is waiting again. Returns how many messages."""
    values = {"state": MessageState.QUEUED.value, "due_at": now(), "state_reason": "interrupted"}
    where = message.c.state == MessageState.RUNNING.value
    return connection.execute(update(message).where(where).values(**values)).rowcount


def ledger(connection: Connection) -> dict[str, int]:
    """How many messages are in each state; the sum is the number of messages received."""
    counts = select(message.c.state, func.count().label("messages")).group_by(message.c.state)
    known = {state.value: 0 for state in MessageState}
    return known | {row.state: row.messages for row in connection.execute(counts)}
