"""Between rows and the domain's frozen data."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, insert, select, update

from bot.domain.conversation import Conversation, ConversationKey, Facts, Owner
from bot.domain.message import Attachment, Button, EventKind, Message
from bot.domain.reply import Reply, ReplyKind, Source
from bot.storage.tables import attachment, conversation


def now() -> datetime:
    """The time that is written into rows: aware, UTC."""
    return datetime.now(UTC)


def insert_row(connection: Connection, table: Table, **values: Any) -> int:
    """Insert a row and return its id."""
    made: int = connection.execute(insert(table).values(**values).returning(table.c.id)).scalar_one()
    return made


def next_position(connection: Connection, conversation_id: int) -> int:
    """Take the next place in a conversation: messages and replies share one order that no clock can disturb."""
    place: int = connection.execute(
        update(conversation)
        .where(conversation.c.id == conversation_id)
        .values(length=conversation.c.length + 1)
        .returning(conversation.c.length)
    ).scalar_one()
    return place


def conversation_from(row: Row[Any]) -> Conversation:
    """A conversation from its own columns; `row` may hold more."""
    return Conversation(
        id=row.id,
        key=ConversationKey(row.channel, row.account, row.chat, row.thread),
        owner=Owner(row.owner),
        epoch=row.epoch,
        language=row.language,
        facts=Facts.from_dict(row.facts or {}),
    )


def load_conversation(connection: Connection, conversation_id: int) -> Conversation:
    """The conversation with this id; raises NoResultFound where there is none."""
    return conversation_from(connection.execute(select(conversation).where(conversation.c.id == conversation_id)).one())


def message_from(connection: Connection, row: Row[Any]) -> Message:
    """A message with its attachments (looked up only where the kind can have some)."""
    found: tuple[Attachment, ...] = ()
    if row.kind == EventKind.MESSAGE:
        rows = connection.execute(select(attachment).where(attachment.c.message_id == row.id).order_by(attachment.c.id))
        found = tuple(Attachment(a.kind, a.reference, a.name, a.media_type, a.size) for a in rows)
    return Message(
        id=row.id,
        conversation_id=row.conversation_id,
        kind=EventKind(row.kind),
        text=row.text,
        button=Button(**row.button) if row.button else None,
        attachments=found,
        attempts=row.attempts,
        received_at=row.received_at,
        revision=row.revision,
    )


def reply_from(row: Row[Any]) -> Reply:
    """The reply as it was drafted."""
    return Reply(
        kind=ReplyKind(row.kind),
        text=row.text,
        language=row.language,
        markdown=row.markdown,
        buttons=tuple(Button(**button) for button in row.buttons),
        source=Source(**row.source) if row.source else None,
        answer_id=row.answer_slug,
    )
