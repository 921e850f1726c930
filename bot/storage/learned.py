"""What people decided about customers' messages, as it is learned from: the messages as they stand now, without those that are nobody's to keep."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, exists, func, select

from bot.domain.message import EventKind
from bot.domain.reading import Urgency, stands_alone
from bot.storage.tables import conversation, message, message_revision, outcome, right_answer, urgency_correction

NEWEST = 20_000
"""How many words of each kind are learned from."""
_LANGUAGES = ("de", "en")


@dataclass(frozen=True)
class JudgedUrgency:
    """A message, and how urgent a person says it is."""

    text: str
    language: str
    level: Urgency
    reason: str


@dataclass(frozen=True)
class JudgedQuestion:
    """A question, and what answers it: None where nothing does. `answered`: the bot had given an answer by itself."""

    message_id: int
    text: str
    language: str
    answer_id: str | None
    answered: bool


def urgencies(connection: Connection, before: datetime) -> list[JudgedUrgency]:
    """What agents said of messages' urgency until `before`, newest first."""
    rows = connection.execute(_judged(urgency_correction, "message_id", before))
    judged = ((row, _language(row)) for row in rows)
    return [
        JudgedUrgency(row.text, language, Urgency.named(row.level), row.reason) for row, language in judged if language
    ]


def agents_answers(connection: Connection, before: datetime) -> list[JudgedQuestion]:
    """What agents said would have answered a question until `before`, newest first."""
    return _questions(connection.execute(_judged(right_answer, "message_id", before)).all())


def helpful_answers(connection: Connection, before: datetime) -> list[JudgedQuestion]:
    """What helped customers who were asked, until `before`, newest first. What did not help does not say what would have."""
    rows = connection.execute(_judged(outcome, "question_id", before)).all()
    return _questions([row for row in rows if row.kind == "helped"])


def _judged(table: Table, about: str, before: datetime) -> Select[Any]:
    """The latest row about each message, with the message as it stands now."""
    subject = table.c[about]
    latest = select(func.max(table.c.id)).where(table.c.at < before, subject.is_not(None)).group_by(subject)
    gone = exists().where(
        message_revision.c.message_id == message.c.id, message_revision.c.kind == EventKind.DELETE.value
    )
    return (
        select(table, message.c.id.label("about"), message.c.text, message.c.reading, conversation.c.language)
        .join(message, message.c.id == subject)
        .join(conversation, conversation.c.id == message.c.conversation_id)
        .where(
            table.c.id.in_(latest),
            message.c.kind == EventKind.MESSAGE.value,
            message.c.text != "",
            conversation.c.blocked.is_(False),
            ~gone,
        )
        .order_by(table.c.id.desc())
        .limit(NEWEST)
    )


def _questions(rows: Any) -> list[JudgedQuestion]:
    judged = ((row, _language(row)) for row in rows if stands_alone(row.reading))
    return [
        JudgedQuestion(row.about, row.text, language, row.answer_slug, _was_answered(row.reading))
        for row, language in judged
        if language
    ]


def _was_answered(reading: dict[str, Any]) -> bool:
    return (reading.get("decision") or {}).get("kind") == "answer"


def _language(row: Row[Any]) -> str | None:
    """The language of a message, as far as the bot speaks it."""
    read = (row.reading or {}).get("language")
    return next((language for language in (read, row.language) if language in _LANGUAGES), None)
