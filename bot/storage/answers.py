"""Units of work for answers and their versions."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, func, insert, select, update

from bot.domain.answer import Answer, AnswerText, CommunityReply, Link, Phrasing
from bot.storage.rows import now
from bot.storage.statements import insert_row
from bot.storage.tables import answer, answer_text, answer_version, community_reply, phrasing


def fingerprint(item: Answer) -> str:
    """What tells one version of an answer from another."""
    parts = asdict(item)
    for name in ("valid_from", "valid_until"):
        if (
            parts[name] is None
        ):  # so that answers without a limit keep the fingerprints they had before there were limits
            del parts[name]
    return hashlib.sha256(json.dumps(parts, default=str, sort_keys=True).encode()).hexdigest()


def publish(connection: Connection, item: Answer) -> bool:
    """Make `item` the published version of its answer; the version before is archived. False if it is what is published already."""
    answer_id = connection.execute(select(answer.c.id).where(answer.c.slug == item.id)).scalar()
    mark = fingerprint(item)
    if answer_id is None:
        values = {"slug": item.id, "kind": item.kind, "topic": item.topic, "created_at": now()}
        answer_id = insert_row(connection, answer, **values)
    published = (answer_version.c.answer_id == answer_id) & (answer_version.c.state == "published")
    if connection.execute(select(answer_version.c.fingerprint).where(published)).scalar() == mark:
        return False
    connection.execute(update(answer_version).where(published).values(state="archived"))
    connection.execute(update(answer).where(answer.c.id == answer_id).values(kind=item.kind, topic=item.topic))
    numbers = select(func.coalesce(func.max(answer_version.c.number), 0)).where(answer_version.c.answer_id == answer_id)
    version_id = insert_row(
        connection,
        answer_version,
        answer_id=answer_id,
        number=connection.execute(numbers).scalar_one() + 1,
        state="published",
        fingerprint=mark,
        topic_titles=dict(item.topic_titles),
        links=[{"url": link.url, "titles": dict(link.titles)} for link in item.links],
        author=item.author,
        asked_at=item.asked,
        valid_from=item.valid_from,
        valid_until=item.valid_until,
        created_at=now(),
    )
    _write_parts(connection, version_id, item)
    return True


def _write_parts(connection: Connection, version_id: int, item: Answer) -> None:
    parts: tuple[tuple[Table, list[dict[str, Any]]], ...] = (
        (
            answer_text,
            [
                {"language": one.language, "question": one.question, "text": one.text, "short": one.short}
                for one in item.texts
            ],
        ),
        (phrasing, [{"language": one.language, "text": one.text} for one in item.phrasings]),
        (
            community_reply,
            [
                {
                    "author": one.author,
                    "text": one.text,
                    "votes": one.votes,
                    "accepted": one.accepted,
                    "written_at": one.written,
                }
                for one in item.replies
            ],
        ),
    )
    for table, rows in parts:
        if rows:  # all at once: one by one each would wait for the server
            connection.execute(insert(table), [{"version_id": version_id, **row} for row in rows])


def archive_missing(connection: Connection, kept: set[str]) -> list[str]:
    """Archive every published answer whose id is not in `kept`; returns their ids."""
    rows = connection.execute(
        select(answer_version.c.id, answer.c.slug)
        .join(answer, answer.c.id == answer_version.c.answer_id)
        .where(answer_version.c.state == "published")
    ).all()
    gone = [row for row in rows if row.slug not in kept]
    for row in gone:
        connection.execute(update(answer_version).where(answer_version.c.id == row.id).values(state="archived"))
    return [row.slug for row in gone]


def _grouped(connection: Connection, table: Any, version_ids: set[int]) -> dict[int, list[Any]]:
    grouped: dict[int, list[Any]] = {}
    for row in connection.execute(select(table).order_by(table.c.id)):
        if row.version_id in version_ids:
            grouped.setdefault(row.version_id, []).append(row)
    return grouped


def revision(connection: Connection) -> tuple[int, int]:
    """What changes whenever what is published and valid changes: how many versions are served, and the sum of their ids."""
    served = select(func.count(), func.coalesce(func.sum(answer_version.c.id), 0)).where(*_served(now()))
    count, total = connection.execute(served).one()
    return count, total


def _served(at: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        answer_version.c.state == "published",
        answer_version.c.valid_from.is_(None) | (answer_version.c.valid_from <= at),
        answer_version.c.valid_until.is_(None) | (answer_version.c.valid_until > at),
    )


def published(connection: Connection) -> list[Answer]:
    """All answers that are published and valid now, by topic and age."""
    rows = connection.execute(
        select(answer_version, answer.c.slug, answer.c.kind, answer.c.topic)
        .join(answer, answer.c.id == answer_version.c.answer_id)
        .where(*_served(now()))
        .order_by(answer.c.kind.desc(), answer.c.id)
    ).all()
    ids = {row.id for row in rows}
    texts = _grouped(connection, answer_text, ids)
    wordings = _grouped(connection, phrasing, ids)
    replies = _grouped(connection, community_reply, ids)
    return [_answer(row, texts.get(row.id, []), wordings.get(row.id, []), replies.get(row.id, [])) for row in rows]


def _answer(row: Any, texts: list[Any], wordings: list[Any], replies: list[Any]) -> Answer:
    return Answer(
        id=row.slug,
        kind=row.kind,
        topic=row.topic,
        topic_titles=tuple(row.topic_titles.items()),
        texts=tuple(AnswerText(part.language, part.question, part.text, part.short) for part in texts),
        phrasings=tuple(Phrasing(wording.language, wording.text) for wording in wordings),
        links=tuple(Link(link["url"], tuple(link["titles"].items())) for link in row.links),
        author=row.author,
        asked=row.asked_at,
        replies=tuple(CommunityReply(one.author, one.text, one.votes, one.accepted, one.written_at) for one in replies),
        valid_from=row.valid_from,
        valid_until=row.valid_until,
    )
