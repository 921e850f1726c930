"""Units of work for messages that their customer edits or deletes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from bot.domain.message import EventKind, InboundEvent, MessageState
from bot.storage.conversations import conversation_at
from bot.storage.lanes import INBOX
from bot.storage.rows import now
from bot.storage.statements import insert_row, update_row
from bot.storage.tables import conversation, event, message, message_revision

_MESSAGE_AT = select(message.c.id, message.c.position, message.c.state, message.c.text).where(
    message.c.conversation_id == bindparam("conversation_id"), message.c.vendor_id == bindparam("vendor_id")
)
_THREAD_OF = (
    select(conversation.c.thread)
    .join(message, message.c.conversation_id == conversation.c.id)
    .where(
        conversation.c.channel == bindparam("channel"),
        conversation.c.account == bindparam("account"),
        conversation.c.chat == bindparam("chat"),
        message.c.vendor_id == bindparam("vendor_id"),
    )
    .limit(1)
)
CHANGES_NOTHING = "changes an unknown message"  # why an event that changes a message became no revision


def message_at(connection: Connection, conversation_id: int, vendor_id: str) -> Any:
    """The message of a conversation that its channel calls so; None where there is none."""
    return connection.execute(_MESSAGE_AT, {"conversation_id": conversation_id, "vendor_id": vendor_id}).first()


def conversation_of(connection: Connection, item: InboundEvent) -> int | None:
    """The conversation in which a message is edited or deleted, which is this transaction's now; None where there is none.

    Where the channel names no thread it may be any of the chat: Matrix does not tell again where an edited message stood.
    """
    found = conversation_at(connection, item.key)
    if item.key.thread or (found is not None and message_at(connection, found, item.message_id) is not None):
        return found
    place = {"channel": item.key.channel, "account": item.key.account, "chat": item.key.chat}
    thread = connection.execute(_THREAD_OF, place | {"vendor_id": item.message_id}).scalar()
    return found if thread is None else conversation_at(connection, replace(item.key, thread=thread))


def revise(connection: Connection, conversation_id: int, event_pk: int, item: InboundEvent) -> None:
    """Keep the revision. What waits is changed before it is read; what the bot has answered, or is answering, is read anew."""
    target = message_at(connection, conversation_id, item.message_id)
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
    return {"text": item.text} | (anew() if target.state == MessageState.ANSWERED else {})


def anew() -> dict[str, Any]:
    """The bot reads it once more. Its attempts are counted on, so that each can be told from all others."""
    return {"state": MessageState.QUEUED.value, "state_reason": "edited", "due_at": now(), "settled_at": None}
