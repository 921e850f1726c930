"""How much there is in which state, by channel and account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    String,
    case,
    cast,
    func,
    literal,
    null,
    select,
    union_all,
)

from bot.domain.message import MessageState
from bot.domain.reply import ReplyState
from bot.storage.ledger.deliveries import IS_MESSAGE
from bot.storage.tables import attempt, conversation, event, message, message_revision, reply
from bot.storage.tables.columns import Instant

OPEN_STATES = frozenset({MessageState.QUEUED.value, MessageState.RUNNING.value, ReplyState.SENDING.value})


@dataclass(frozen=True)
class Count:
    """How many rows of a table (event, message, reply, attempt) are in a state. `oldest`: since when the first of them waits, if they wait.

    An event is a delivery from a channel. Counted are those that are messages, each once, and their state is what kind of message it was.
    """

    table: str
    channel: str
    account: str
    state: str
    number: int
    oldest: datetime | None


def _counted(
    table: str,
    state: ColumnElement[str],
    within: FromClause,
    since: ColumnElement[datetime] | None = None,
    *,
    place: tuple[ColumnElement[str], ColumnElement[str]] = (conversation.c.channel, conversation.c.account),
) -> Select[Any]:
    waits = cast(null(), Instant) if since is None else case((state.in_(OPEN_STATES), since))
    columns: list[ColumnElement[Any]] = [literal(table, String).label("table"), *place, state.label("state")]
    columns += [func.count().label("number"), func.min(waits).label("oldest")]
    return select(*columns).select_from(within).group_by(*place, state)


# An edit has a message that was answered wait anew.
_EDITED = select(func.max(message_revision.c.at)).where(message_revision.c.message_id == message.c.id).scalar_subquery()
_MESSAGES = message.join(conversation, conversation.c.id == message.c.conversation_id)
_REPLIES = reply.join(conversation, conversation.c.id == reply.c.conversation_id)
_COUNTS = union_all(
    _counted("event", event.c.kind, event, place=(event.c.channel, event.c.account)).where(IS_MESSAGE),
    _counted("message", message.c.state, _MESSAGES, func.coalesce(_EDITED, message.c.received_at)),
    _counted("reply", reply.c.state, _REPLIES, reply.c.created_at),
    _counted("attempt", attempt.c.outcome, _REPLIES.join(attempt, attempt.c.reply_id == reply.c.id)),
)


def count(connection: Connection) -> tuple[Count, ...]:
    """All that there is, in one statement and so at one moment; states without a row are left out."""
    return tuple(Count(*row) for row in connection.execute(_COUNTS))
