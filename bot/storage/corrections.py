"""Units of work for what agents know better than the bot: how urgent a matter is, and which answer would have been right.

Each word is a row of its own and belongs to a customer's message; the latest on a message counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, and_, func, or_, select, update

from bot.domain.message import EventKind
from bot.domain.reading import URGENT_REASONS, Urgency, stands_alone
from bot.errors import StorageConflict
from bot.storage.cases import CaseRow, require_case
from bot.storage.log import write_log
from bot.storage.rows import now
from bot.storage.statements import find_row, insert_row
from bot.storage.tables import case, message, right_answer, staff, urgency_correction

_URGENT = [level.word for level in URGENT_REASONS]


@dataclass(frozen=True)
class UrgencyCorrection:
    """A person's word on how urgent a case is. `reason` is empty where nothing is urgent."""

    message_id: int
    level: Urgency
    reason: str
    staff_name: str
    at: datetime


@dataclass(frozen=True)
class RightAnswer:
    """A person's word on what would have answered a question; `answer_id` is None where nothing would have."""

    message_id: int
    answer_id: str | None
    staff_name: str
    at: datetime


def subject_of(connection: Connection, row: CaseRow) -> int | None:
    """The message that a case's urgency is about: the words that opened it or raised its urgency last.

    A button or a file says nothing by itself, and a greeting or a wish for a person nothing of the matter, unless it was urgent; then it is
    what the customer said last before.
    """
    opened = select(case.c.message_id).where(case.c.id == row.id).scalar_subquery()
    known = select(message.c.position).where(message.c.id == opened).scalar_subquery()
    by_time = select(func.max(message.c.position)).where(
        message.c.conversation_id == row.conversation_id, message.c.received_at <= row.opened_at
    )  # cases of earlier versions do not say which message it was
    intent, level = message.c.reading["intent"].as_string(), message.c.reading["urgency"]["level"].as_string()
    words = and_(message.c.kind == EventKind.MESSAGE.value, message.c.text != "")
    matter = and_(words, or_(func.coalesce(intent, "question") == "question", func.coalesce(level, "").in_(_URGENT)))
    found: int | None = connection.execute(
        select(message.c.id)
        .where(
            message.c.conversation_id == row.conversation_id,
            message.c.position <= func.coalesce(known, by_time.scalar_subquery()),
        )
        .order_by(matter.desc(), words.desc(), message.c.position.desc())
        .limit(1)
    ).scalar()
    return found


def correct_urgency(connection: Connection, case_id: int, staff_id: int, level: Urgency, reason: str) -> None:
    """Set a case's urgency, up or down, and keep it as a person's word on the message it is about."""
    row = require_case(connection, case_id)
    subject = subject_of(connection, row)
    if subject is None:
        raise StorageConflict("there is no such case")
    said = {"level": level.word, "reason": reason}
    latest = _latest_of(connection, urgency_correction, subject)
    if row.urgency is level and latest is not None and (latest.level, latest.reason) == (level.word, reason):
        return
    facts = {**row.evidence, "urgency": {"level": level.word, "reason": reason or None}}
    connection.execute(update(case).where(case.c.id == case_id).values(urgency=int(level), evidence=facts))
    insert_row(connection, urgency_correction, message_id=subject, case_id=case_id, staff_id=staff_id, at=now(), **said)
    detail = {"from": row.urgency.word, "to": level.word, "reason": reason, "message": subject}
    write_log(connection, f"staff:{staff_id}", "case.urgency", f"case:{case_id}", detail)


def urgency_corrections(connection: Connection, case_id: int) -> list[UrgencyCorrection]:
    """What people said of a case's urgency, oldest first."""
    query = _with_name(urgency_correction).where(urgency_correction.c.case_id == case_id)
    return [
        UrgencyCorrection(row.message_id, Urgency.named(row.level), row.reason, row.staff_name, row.at)
        for row in connection.execute(query.order_by(urgency_correction.c.id))
    ]


def name_right_answer(
    connection: Connection, case_id: int, staff_id: int, message_id: int, answer_id: str | None
) -> None:
    """Keep which answer a question should have got. StorageConflict where the message is no such question of this case's conversation."""
    row, asked = require_case(connection, case_id), find_row(connection, message, message_id)
    if asked is None or asked.conversation_id != row.conversation_id:
        raise StorageConflict("there is no such message in this case")
    if asked.kind != EventKind.MESSAGE.value or not stands_alone(asked.reading):
        raise StorageConflict("this message is no question that stands by itself")
    latest = _latest_of(connection, right_answer, message_id)
    if latest is None or latest.answer_slug != answer_id:
        values = {"message_id": message_id, "answer_slug": answer_id, "staff_id": staff_id, "at": now()}
        insert_row(connection, right_answer, **values)
        detail = {"case": case_id, "answer": answer_id}
        write_log(connection, f"staff:{staff_id}", "message.right_answer", f"message:{message_id}", detail)


def right_answers(connection: Connection, conversation_id: int) -> dict[int, RightAnswer]:
    """The latest word on each question of a conversation, by message."""
    query = _with_name(right_answer).join(message, message.c.id == right_answer.c.message_id)
    rows = connection.execute(query.where(message.c.conversation_id == conversation_id).order_by(right_answer.c.id))
    return {row.message_id: RightAnswer(row.message_id, row.answer_slug, row.staff_name, row.at) for row in rows}


def _with_name(table: Table) -> Select[Any]:
    return select(table, staff.c.name.label("staff_name")).join(staff, staff.c.id == table.c.staff_id)


def _latest_of(connection: Connection, table: Table, message_id: int) -> Row[Any] | None:
    of_message = select(table).where(table.c.message_id == message_id)
    return connection.execute(of_message.order_by(table.c.id.desc()).limit(1)).first()
