"""The story of a conversation: messages and replies in their one order."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from bot.domain.message import EventKind
from bot.domain.reply import ReplyState
from bot.storage.tables import attachment, message, message_revision, reply


@dataclass(frozen=True)
class Item:
    """One line of a transcript. `sender`: customer, bot, notice or agent; `position` orders within the conversation.

    `state` is the message's ledger state or the reply's send state; `reading` is there for customers' messages that were read.
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
    edited: bool = False
    deleted: bool = False
    reading: dict[str, Any] | None = None
    brain: str = ""
    delivered: bool = False


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


def _messages(connection: Connection, conversation_id: int, after: int, limit: int) -> list[Item]:
    where = (message.c.conversation_id == conversation_id, message.c.position > after)
    rows = connection.execute(select(message).where(*where).order_by(message.c.position.desc()).limit(limit)).all()
    ids = [row.id for row in rows]
    revisions: dict[int, Any] = {}
    files: dict[int, list[dict[str, Any]]] = {}
    if ids:
        query = select(message_revision).where(message_revision.c.message_id.in_(ids)).order_by(message_revision.c.id)
        revisions = {row.message_id: row for row in connection.execute(query)}
        for row in connection.execute(select(attachment).where(attachment.c.message_id.in_(ids))):
            facts = {"kind": row.kind, "name": row.name, "media_type": row.media_type, "size": row.size}
            files.setdefault(row.message_id, []).append(facts)
    return [_message_item(row, revisions.get(row.id), files.get(row.id, [])) for row in rows]


def _message_item(row: Any, revision: Any, files: list[dict[str, Any]]) -> Item:
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
        attachments=files,
        edited=edited,
        deleted=revision is not None and revision.kind == EventKind.DELETE,
        reading=row.reading,
        brain=row.brain,
    )


def _replies(connection: Connection, conversation_id: int, after: int, limit: int) -> list[Item]:
    where = (reply.c.conversation_id == conversation_id, reply.c.position > after)
    rows = connection.execute(select(reply).where(*where).order_by(reply.c.position.desc()).limit(limit))
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
        )
        for row in rows
    ]
