"""The story of a conversation: messages and replies in their one order."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, Table, bindparam, select

from bot.domain.message import EventKind
from bot.domain.reply import ReplyState
from bot.storage.attachments import listed
from bot.storage.tables import message, message_revision, reply


@dataclass(frozen=True)
class Item:
    """One line of a transcript. `sender`: customer, bot, notice or agent; `position` orders within the conversation.

    `state` is the message's ledger state or the reply's send state; `reading` is there for customers' messages that were read,
    `uncertain_since` for replies of which nobody knows whether they arrived.
    """

    position: int
    id: int
    sender: str
    at: datetime
    text: str
    state: str
    state_reason: str = ""
    markdown: bool = False
    author: str = ""
    language: str = ""
    client_id: str = ""
    button: dict[str, Any] | None = None
    buttons: list[dict[str, Any]] = field(default_factory=list)
    source: dict[str, Any] | None = None
    answer_id: str | None = None
    attachments: list[dict[str, Any]] = field(default_factory=list)
    details: dict[str, str] = field(default_factory=dict)
    edited: bool = False
    deleted: bool = False
    reading: dict[str, Any] | None = None
    brain: str = ""
    delivered: bool = False
    read: bool = False
    uncertain_since: datetime | None = None


def transcript(connection: Connection, conversation_id: int, *, after: int = 0, limit: int = 500) -> list[Item]:
    """The items behind position `after`, oldest first; with more than `limit`, the latest of them."""
    items = [
        *_messages(connection, conversation_id, after, limit),
        *_replies(connection, conversation_id, after, limit),
    ]
    return sorted(items, key=lambda item: item.position)[-limit:]


def customer_view(items: list[Item]) -> list[Item]:
    """What the customer may see: everything of their own, and replies once they are sent (or may have been)."""
    visible = {ReplyState.SENT.value, ReplyState.UNCERTAIN.value}
    return [item for item in items if item.sender == "customer" or item.state in visible]


def _latest(table: Table) -> Select[Any]:
    return (
        select(table)
        .where(table.c.conversation_id == bindparam("conversation_id"), table.c.position > bindparam("after"))
        .order_by(table.c.position.desc())
        .limit(bindparam("limit"))
    )


_MESSAGES, _REPLIES = _latest(message), _latest(reply)


def _messages(connection: Connection, conversation_id: int, after: int, limit: int) -> list[Item]:
    place = {"conversation_id": conversation_id, "after": after, "limit": limit}
    rows = connection.execute(_MESSAGES, place).all()
    revised = [row.id for row in rows if row.revision]
    revisions: dict[int, Any] = {}
    if revised:
        query = select(message_revision).where(message_revision.c.message_id.in_(revised))
        revisions = {row.message_id: row for row in connection.execute(query.order_by(message_revision.c.id))}
    return [_message_item(connection, row, revisions.get(row.id)) for row in rows]


def _message_item(connection: Connection, row: Any, revision: Any) -> Item:
    edited = revision is not None and revision.kind == EventKind.EDIT
    return Item(
        position=row.position,
        id=row.id,
        sender="customer",
        at=row.received_at,
        text=revision.text if edited else row.text,
        state=row.state,
        state_reason=row.state_reason,
        client_id=row.vendor_id,
        button=row.button,
        attachments=listed(connection, row.id) if row.files else [],
        details=row.details or {},
        edited=edited,
        deleted=revision is not None and revision.kind == EventKind.DELETE,
        reading=row.reading,
        brain=row.brain,
    )


def _replies(connection: Connection, conversation_id: int, after: int, limit: int) -> list[Item]:
    rows = connection.execute(_REPLIES, {"conversation_id": conversation_id, "after": after, "limit": limit})
    return [
        Item(
            position=row.position,
            id=row.id,
            sender=row.kind,
            at=row.created_at,
            text=row.text,
            state=row.state,
            state_reason=row.state_reason,
            markdown=row.markdown,
            author=row.author,
            language=row.language,
            client_id=row.client_id or "",
            buttons=row.buttons,
            source=row.source,
            answer_id=row.answer_slug,
            delivered=row.delivered_at is not None,
            read=row.read_at is not None,
            uncertain_since=row.settled_at if row.state == ReplyState.UNCERTAIN else None,
        )
        for row in rows
    ]
