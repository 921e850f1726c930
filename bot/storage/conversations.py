"""Units of work for what a conversation remembers."""

from __future__ import annotations

from sqlalchemy import Connection, insert, update

from bot.domain.conversation import Facts
from bot.storage.rows import now
from bot.storage.tables import conversation, outcome


def remember(connection: Connection, conversation_id: int, facts: Facts, language: str) -> None:
    """Write what the bot must still know after any process died."""
    values = {"facts": facts.as_dict(), "language": language}
    connection.execute(update(conversation).where(conversation.c.id == conversation_id).values(**values))


def note_outcome(connection: Connection, conversation_id: int, message_id: int, answer_id: str, kind: str) -> None:
    """Write down that an answer helped or did not."""
    connection.execute(
        insert(outcome).values(
            conversation_id=conversation_id, message_id=message_id, answer_slug=answer_id, kind=kind, at=now()
        )
    )
