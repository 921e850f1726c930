"""Units of work for the files that come with messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, exists, select

from bot.domain.message import Attachment, EventKind, Missing
from bot.storage.statements import insert_row
from bot.storage.tables import attachment, attachment_content, case, message, message_revision

_KEPT = exists().where(attachment_content.c.attachment_id == attachment.c.id)
_OF_MESSAGE = (
    select(attachment, _KEPT.label("kept"))
    .where(attachment.c.message_id == bindparam("message_id"))
    .order_by(attachment.c.id)
)
_DELETED = exists().where(
    message_revision.c.message_id == message.c.id, message_revision.c.kind == EventKind.DELETE.value
)
_CONTENT = (
    select(attachment.c.name, attachment.c.media_type, attachment_content.c.content)
    .join(attachment_content, attachment_content.c.attachment_id == attachment.c.id)
    .join(message, message.c.id == attachment.c.message_id)
    .where(attachment.c.id == bindparam("attachment_id"), ~_DELETED)
    .where(exists().where(case.c.conversation_id == message.c.conversation_id))
)


@dataclass(frozen=True)
class File:
    """A file as it is handed to an agent."""

    name: str
    media_type: str
    content: bytes


def keep_files(connection: Connection, message_id: int, files: Sequence[Attachment]) -> None:
    """Write down the files of a new message, and the content of those that came with it."""
    for one in files:
        described = {name: value for name, value in vars(one).items() if name not in ("content", "source")}
        attachment_id = insert_row(
            connection, attachment, message_id=message_id, source=one.source or None, **described
        )
        if one.content is not None:
            insert_row(connection, attachment_content, attachment_id=attachment_id, content=one.content)


def files_of(connection: Connection, message_id: int) -> tuple[Attachment, ...]:
    """The attachments of a message, in their order and without their content."""
    rows = connection.execute(_OF_MESSAGE, {"message_id": message_id})
    return tuple(Attachment(row.kind, row.reference, row.name, row.media_type, row.size) for row in rows)


def listed(connection: Connection, message_id: int) -> list[dict[str, Any]]:
    """The attachments of a message as a transcript tells them: `id` leads to the content, else it is None and `missing` says why, if it was ever to be had. `fetches`: how many times that was begun."""
    return [_told(row) for row in connection.execute(_OF_MESSAGE, {"message_id": message_id})]


def _told(row: Row[Any]) -> dict[str, Any]:
    told = {name: row._mapping[name] for name in ("kind", "name", "media_type", "size")}
    missing = Missing.COMING.value if row.fetch_due else row.missing
    return {"id": row.id if row.kept else None, "missing": missing or "", "fetches": row.fetches or 0, **told}


def load_file(connection: Connection, attachment_id: int) -> File | None:
    """A file of a conversation that has a case; None for all others, and where its message was deleted by the customer."""
    row = connection.execute(_CONTENT, {"attachment_id": attachment_id}).first()
    return None if row is None else File(row.name, row.media_type, row.content)
