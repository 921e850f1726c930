"""Units of work for files that are with the channel they came by: fetched once an agent may want to see them, and not before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, exists, func, select, update

from bot.domain.conversation import ConversationKey
from bot.domain.message import Attachment, EventKind, Missing
from bot.storage.rows import now
from bot.storage.statements import insert_once
from bot.storage.tables import attachment, attachment_content, case, conversation, message, message_revision

LEASE = timedelta(minutes=3)
"""For how long a file that is being fetched is nobody else's; longer than a fetch may take."""
_TO_FETCH = (attachment.c.source.is_not(None), attachment.c.fetch_due.is_(None))
_OF_CONVERSATION = (
    update(attachment)
    .where(
        attachment.c.message_id.in_(
            select(message.c.id).where(message.c.conversation_id == bindparam("conversation"), message.c.files > 0)
        ),
        *_TO_FETCH,
    )
    .values(fetch_due=bindparam("due"))
)
_OF_MESSAGE = (
    update(attachment)
    .where(
        attachment.c.message_id == bindparam("message"),
        exists()
        .where(message.c.id == bindparam("message"), message.c.conversation_id == case.c.conversation_id)
        .where(case.c.closed_at.is_(None)),
        *_TO_FETCH,
    )
    .values(fetch_due=bindparam("due"))
)
_DUE = (
    select(
        attachment,
        message.c.conversation_id,
        conversation.c.channel,
        conversation.c.account,
        conversation.c.chat,
        conversation.c.thread,
    )
    .join(message, message.c.id == attachment.c.message_id)
    .join(conversation, conversation.c.id == message.c.conversation_id)
    .where(attachment.c.fetch_due <= bindparam("at"))
    .order_by(attachment.c.fetch_due, attachment.c.id)
    .limit(bindparam("most"))
)
_ANY = select(attachment.c.id).where(attachment.c.fetch_due <= bindparam("at")).limit(1)
_LEASE = (
    update(attachment)
    .where(attachment.c.id == bindparam("row_id"), attachment.c.fetch_due == bindparam("seen"))
    .values(fetch_due=bindparam("until"), fetches=func.coalesce(attachment.c.fetches, 0) + 1)
)
_STILL_WANTED = update(attachment).where(attachment.c.id == bindparam("row_id"), attachment.c.source.is_not(None))
_DELETED = select(message_revision.c.id).where(
    message_revision.c.message_id == bindparam("message"), message_revision.c.kind == EventKind.DELETE.value
)


@dataclass(frozen=True)
class Wanted:
    """A file that somebody is to fetch, and how many times that has been begun with this one."""

    id: int
    message_id: int
    conversation_id: int
    key: ConversationKey
    file: Attachment
    fetches: int


def want(connection: Connection, conversation_id: int) -> None:
    """An agent may want to see the files of this conversation that are still with its channel."""
    connection.execute(_OF_CONVERSATION, {"conversation": conversation_id, "due": now()})


def want_of_message(connection: Connection, message_id: int) -> None:
    """The same of one message, if its conversation has an open case."""
    connection.execute(_OF_MESSAGE, {"message": message_id, "due": now()})


def any_due(connection: Connection) -> bool:
    """Whether there is a file to fetch by now."""
    return connection.execute(_ANY, {"at": now()}).first() is not None


def take(connection: Connection, most: int) -> list[Wanted]:
    """Up to `most` files that are due, for this process alone until the lease ends."""
    at = now()
    taken = []
    for row in connection.execute(_DUE, {"at": at, "most": most}).all():
        leased = connection.execute(_LEASE, {"row_id": row.id, "seen": row.fetch_due, "until": at + LEASE})
        if leased.rowcount:  # else another process was faster
            taken.append(_wanted(row))
    return taken


def _wanted(row: Row[Any]) -> Wanted:
    return Wanted(
        row.id,
        row.message_id,
        row.conversation_id,
        ConversationKey(row.channel, row.account, row.chat, row.thread),
        Attachment(row.kind, row.reference, row.name, row.media_type, row.size, row.source),
        (row.fetches or 0) + 1,
    )


def keep(connection: Connection, wanted: Wanted, file: Attachment) -> None:
    """The content is here, if it may be kept, unless its message has been deleted meanwhile; then it is gone with it."""
    if file.content is None:
        return miss(connection, wanted, Missing.NOT_KEPT)
    if connection.execute(_DELETED, {"message": wanted.message_id}).first():
        return miss(connection, wanted, Missing.GONE)
    insert_once(connection, attachment_content, attachment_id=wanted.id, content=file.content)
    told = {"name": file.name, "media_type": file.media_type, "size": file.size}
    return _settle(connection, wanted, missing=None, **told)


def miss(connection: Connection, wanted: Wanted, why: Missing) -> None:
    """The content will not be had."""
    _settle(connection, wanted, missing=why.value)


def postpone(connection: Connection, wanted: Wanted, due_at: datetime) -> None:
    """It is tried again then."""
    connection.execute(_STILL_WANTED, {"row_id": wanted.id, "fetch_due": due_at})


def _settle(connection: Connection, wanted: Wanted, **facts: Any) -> None:
    connection.execute(_STILL_WANTED, {"row_id": wanted.id, "source": None, "fetch_due": None, **facts})
