"""Units of work for what a conversation remembers."""

from __future__ import annotations

from sqlalchemy import Connection

from bot.domain.conversation import Facts
from bot.storage.rows import now
from bot.storage.statements import insert_row, update_row
from bot.storage.tables import conversation, outcome


def remember(connection: Connection, conversation_id: int, facts: Facts, language: str) -> None:
    """Write what the bot must still know after any process died."""
    update_row(connection, conversation, conversation_id, facts=facts.as_dict(), language=language)


def note_outcome(
    connection: Connection,
    conversation_id: int,
    message_id: int,
    answer_id: str,
    kind: str,
    question_id: int | None = None,
) -> None:
    """Write down that an answer helped or did not. `question_id` is the message it answered, if that is known."""
    values = {"conversation_id": conversation_id, "message_id": message_id, "question_id": question_id}
    insert_row(connection, outcome, **values, answer_slug=answer_id, kind=kind, at=now())
