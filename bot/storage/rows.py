"""Between rows and the domain's frozen data."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from bot.domain.conversation import Conversation, ConversationKey, Facts, Owner
from bot.domain.message import Button, EventKind, Message
from bot.domain.reply import Reply, ReplyKind, Source
from bot.errors import StorageConflict
from bot.storage.attachments import files_of
from bot.storage.statements import find_row
from bot.storage.tables import conversation

_LOCKED = select(conversation).where(conversation.c.id == bindparam("row_id")).with_for_update()


def now() -> datetime:
    """The time that is written into rows: aware, UTC."""
    return datetime.now(UTC)


def conversation_from(row: Row[Any]) -> Conversation:
    """A conversation from its own columns; `row` may hold more."""
    return Conversation(
        id=row.id,
        key=ConversationKey(row.channel, row.account, row.chat, row.thread),
        owner=Owner(row.owner),
        epoch=row.epoch,
        language=row.language,
        facts=Facts.from_dict(row.facts or {}),
        heard_at=row.heard_at,
    )


def load_conversation(connection: Connection, conversation_id: int) -> Conversation:
    """The conversation with this id; StorageConflict where there is none."""
    row = find_row(connection, conversation, conversation_id)
    if row is None:
        raise StorageConflict("there is no such conversation")
    return conversation_from(row)


def lock_conversation(connection: Connection, conversation_id: int) -> Conversation:
    """`load_conversation`, and nobody else changes anything in it until this transaction ends."""
    row = connection.execute(_LOCKED, {"row_id": conversation_id}).first()
    if row is None:
        raise StorageConflict("there is no such conversation")
    return conversation_from(row)


def message_from(connection: Connection, row: Row[Any], attempts: int) -> Message:
    """A message with its attachments."""
    return Message(
        id=row.id,
        conversation_id=row.conversation_id,
        kind=EventKind(row.kind),
        text=row.text,
        button=Button(**row.button) if row.button else None,
        attachments=files_of(connection, row.id) if row.files else (),
        attempts=attempts,
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
        private=bool(row.private),
    )
