"""Units of work for what comes in: accept once, take by lane, settle with everything that follows from it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, delete, literal_column, select, update

from bot.domain.conversation import Conversation, ConversationKey, Owner
from bot.domain.message import EventKind, InboundEvent, Message, MessageState
from bot.errors import StorageConflict
from bot.storage.cases import open_case_of
from bot.storage.lanes import INBOX, hold
from bot.storage.rows import conversation_from, lock_conversation, message_from, now
from bot.storage.statements import insert_once, insert_row, update_row
from bot.storage.tables import (
    attachment,
    channel_account,
    conversation,
    customer,
    event,
    message,
    message_revision,
)

_CONVERSATION_AT = (
    select(conversation.c.id)
    .where(
        conversation.c.channel == bindparam("channel"),
        conversation.c.account == bindparam("account"),
        conversation.c.chat == bindparam("chat"),
        conversation.c.thread == bindparam("thread"),
    )
    .with_for_update()
)
_MESSAGE_AT = select(message.c.id, message.c.position, message.c.state, message.c.text).where(
    message.c.conversation_id == bindparam("conversation_id"), message.c.vendor_id == bindparam("vendor_id")
)
_RUNNING = message.c.state == literal_column("'running'")
_END = (
    update(message)
    .where(message.c.id == bindparam("row_id"), message.c.attempts == bindparam("attempt"), _RUNNING)
    .returning(message.c.text)
)
_PROGRESS = select(channel_account).where(
    channel_account.c.channel == bindparam("channel"), channel_account.c.account == bindparam("account")
)

SAME_AGAIN = "same message again"  # why an event that is a message became none
CHANGES_NOTHING = "changes an unknown message"  # why an event that changes a message became no revision


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
    accepted = [accept_one(connection, item) for item in events]
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


def event_row(item: InboundEvent) -> dict[str, Any]:
    """An event as it is kept."""
    return {
        "channel": item.key.channel,
        "account": item.key.account,
        "event_id": item.event_id,
        "kind": item.kind.value,
        "reason": item.reason,
        "raw": item.raw,
        "received_at": now(),
    }


def message_row(item: InboundEvent, conversation_id: int, event_pk: int, position: int) -> dict[str, Any]:
    """A message as it comes to wait."""
    at = now()
    return {
        "conversation_id": conversation_id,
        "event_id": event_pk,
        "position": position,
        "vendor_id": item.message_id,
        "kind": item.kind.value,
        "text": item.text,
        "button": vars(item.button) if item.button else None,
        "files": len(item.attachments),
        "state": MessageState.QUEUED.value,
        "state_reason": "",
        "attempts": 0,
        "revision": 0,
        "brain": "",
        "due_at": at,
        "received_at": at,
    }


def accept_one(connection: Connection, item: InboundEvent) -> Accepted:
    """Store an event, exactly once."""
    event_pk = insert_once(connection, event, **event_row(item))
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
    """The id of the conversation at `key`, which is this transaction's now; made, with a customer of its own, at first contact."""
    place = {"channel": key.channel, "account": key.account, "chat": key.chat, "thread": key.thread}
    found: int | None = connection.execute(_CONVERSATION_AT, place).scalar()
    if found is not None:
        return found
    customer_id = insert_row(connection, customer, name=name, created_at=now())
    made = insert_once(
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
    if made is None:  # another process met this customer in the same moment
        connection.execute(delete(customer).where(customer.c.id == customer_id))
        made = connection.execute(_CONVERSATION_AT, place).scalar_one()
    return made


def _add_message(connection: Connection, conversation_id: int, event_pk: int | None, item: InboundEvent) -> int | None:
    place = {"conversation_id": conversation_id, "vendor_id": item.message_id}
    known = connection.execute(_MESSAGE_AT, place).first()
    if known is not None:
        if event_pk is not None:  # the vendor delivered one message in two events
            update_row(connection, event, event_pk, reason=SAME_AGAIN)
        return int(known.position)
    if event_pk is None:  # the event was there, as something that is no message
        return None
    position = INBOX.enter(connection, conversation_id)
    message_id = insert_row(connection, message, **message_row(item, conversation_id, event_pk, position))
    for one in item.attachments:
        insert_row(connection, attachment, message_id=message_id, **vars(one))
    return position


def _revise_message(connection: Connection, conversation_id: int, event_pk: int, item: InboundEvent) -> None:
    """Keep the revision. What waits is changed before it is read; what the bot has answered, or is answering, is read anew."""
    place = {"conversation_id": conversation_id, "vendor_id": item.message_id}
    target = connection.execute(_MESSAGE_AT, place).first()
    if target is None:
        update_row(connection, event, event_pk, reason=CHANGES_NOTHING)
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
    changed = _revised(item, target)
    if changed:
        update_row(connection, message, target.id, **changed)
        INBOX.open(connection, conversation_id)


def _revised(item: InboundEvent, target: Any) -> dict[str, Any]:
    """What a revision changes in its message."""
    if item.kind is EventKind.DELETE:
        if target.state != MessageState.QUEUED:
            return {}
        return {"state": MessageState.IGNORED.value, "state_reason": "deleted by the customer", "settled_at": now()}
    if item.text == target.text:
        return {}
    return {"text": item.text} | (_anew() if target.state == MessageState.ANSWERED else {})


def _anew() -> dict[str, Any]:
    """The bot reads it once more. Its attempts are counted on, so that each can be told from all others."""
    return {"state": MessageState.QUEUED.value, "state_reason": "edited", "due_at": now(), "settled_at": None}


@dataclass(frozen=True)
class Taken:
    """A message that is now being worked on, with its conversation and whether a case of it is open."""

    message: Message
    conversation: Conversation
    case_open: bool = False


def take(connection: Connection, limit: int, process_id: int | None = None) -> list[Taken]:
    """Take the first message of up to `limit` free lanes, for the process with this number."""
    taken = [_take_first(connection, lane, process_id) for lane in INBOX.free(connection, limit)]
    return [one for one in taken if one is not None]


def _take_first(connection: Connection, lane: Row[Any], process_id: int | None) -> Taken | None:
    row = INBOX.first(connection, lane.id)
    INBOX.close(connection, lane.id)
    if row is None:
        return None
    attempts = row.attempts + 1
    running = {"state": MessageState.RUNNING.value, "attempts": attempts, "process_id": process_id}
    update_row(connection, message, row.id, **running)
    case_open = open_case_of(connection, lane.id) is not None
    return Taken(message_from(connection, row, attempts), conversation_from(lane), case_open)


def settle(
    connection: Connection,
    taken: Message,
    state: MessageState,
    *,
    reason: str = "",
    reading: dict[str, Any] | None = None,
    brain: str = "",
) -> None:
    """Put a message that was taken into its final state, with the reading that led there. StorageConflict where it is not in our hands any more."""
    facts = {"state": state.value, "state_reason": reason, "reading": reading, "brain": brain, "settled_at": now()}
    text = _end(connection, taken, facts)
    if state is MessageState.ANSWERED and text != taken.text:  # it was edited while the turn was taken
        update_row(connection, message, taken.id, **_anew())
    INBOX.open(connection, taken.conversation_id)


def requeue(connection: Connection, taken: Message, due_at: datetime, reason: str) -> None:
    """Give a message that was taken back to its lane, to be tried again at `due_at`."""
    _end(connection, taken, {"state": MessageState.QUEUED.value, "due_at": due_at, "state_reason": reason})
    INBOX.open(connection, taken.conversation_id)


def _end(connection: Connection, taken: Message, facts: dict[str, Any]) -> str:
    """End an attempt; returns the message's text as it is now. Only the one under way may end itself: who was believed dead changes nothing any more."""
    hold(connection, taken.conversation_id)
    mine = {"row_id": taken.id, "attempt": taken.attempts}
    row = connection.execute(_END, {**mine, "process_id": None, **facts}).first()
    if row is None:
        raise StorageConflict("another process has this message by now")
    return str(row.text)


def recover(connection: Connection, dead: Sequence[int]) -> int:
    """What processes that are `dead`, or nobody, had in hand is waiting again. Returns how many messages."""
    return _take_up(connection, message.c.process_id.is_(None) | message.c.process_id.in_(dead))


def take_back(connection: Connection, process_id: int, held: Collection[int]) -> int:
    """What this process has taken without being told, since the database went away in between, is waiting again: all but the messages it has `held`."""
    return _take_up(connection, and_(message.c.process_id == process_id, message.c.id.not_in(held)))


def _take_up(connection: Connection, whose: ColumnElement[bool]) -> int:
    interrupted = and_(_RUNNING, whose)
    places = select(message.c.conversation_id, message.c.id).where(interrupted).order_by(message.c.conversation_id)
    again = {"state": MessageState.QUEUED.value, "due_at": now(), "state_reason": "interrupted", "process_id": None}
    recovered = 0
    for row in connection.execute(places).all():
        lock_conversation(connection, row.conversation_id)
        held = update(message).where(message.c.id == row.id, interrupted).values(**again)
        if connection.execute(held).rowcount:  # else it was not dead yet, and settled it before we had the row
            INBOX.open(connection, row.conversation_id)
            recovered += 1
    return recovered
