"""Lanes: in a conversation one message is worked on at a time, and one reply is sent at a time, each in their order.

A conversation's row says when each of its two lanes may be served next, and is the lock of all that belongs to it: whoever changes something in a
conversation holds that row first. Lanes are served in the order in which they became free, so that a customer who has sent a thousand messages gets one turn
a round, like everybody else. What is in a lane goes by id. `SKIP LOCKED` lets any number of processes serve at once (SQLite, which has one writer, leaves it out).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Table,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    null,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from bot.storage.rows import now
from bot.storage.tables import OPEN_MESSAGES, OPEN_REPLIES, conversation, message, reply
from bot.storage.tables.columns import Instant

_AT = bindparam("at", type_=Instant)
_HERE = conversation.c.id == bindparam("row_id")
_AMONG = conversation.c.id.in_(bindparam("row_ids", expanding=True))


def _next_place(where: ColumnElement[bool], values: dict[Any, Any]) -> ReturningUpdate[Any]:
    counted = {conversation.c.length: conversation.c.length + 1, **values}
    return update(conversation).where(where).values(counted).returning(conversation.c.length, conversation.c.id)


_POSITION = _next_place(_HERE, {})
_HELD = select(conversation.c.id).where(_HERE).with_for_update()


def next_position(connection: Connection, conversation_id: int) -> int:
    """Take the next place in a conversation, for what does not wait: messages and replies share one order that no clock can disturb."""
    place: int = connection.execute(_POSITION, {"row_id": conversation_id}).scalar_one()
    return place


def hold(connection: Connection, conversation_id: int) -> None:
    """Nobody else changes anything in a conversation until this transaction ends.

    To be done first, in a statement of its own: one that waits for the row and counts what is in the lane would count as things were before it
    waited (PostgreSQL, "Read Committed Isolation Level"), and close a lane in which somebody has begun to wait. SQLite has one writer.
    """
    if connection.dialect.name != "sqlite":
        connection.execute(_HELD, {"row_id": conversation_id})


class Lanes:
    """One side of all conversations. `table` holds what waits there and, in the state `under_way`, what is being worked on.

    `entering`: what else becomes of a conversation when something comes to wait.
    """

    def __init__(self, table: Table, side: str, under_way: str, open_states: str, **entering: Any) -> None:
        due, written = conversation.c[f"{side}_due"], conversation.c[f"{side}_set"]
        here = table.c.conversation_id == conversation.c.id
        # States are written out: SQLite uses a partial index only for what it can read in the statement.
        busy = exists().where(here, table.c.state == literal_column(f"'{under_way}'"))
        waiting = and_(text(open_states), table.c.state == literal_column("'queued'"))
        first = select(case((table.c.due_at > _AT, table.c.due_at), else_=_AT)).where(here, waiting)
        first_due = first.order_by(table.c.id).limit(1).scalar_subquery()
        free = and_(due.is_not(None), or_(due <= _AT, written > _AT))
        self._any_free = select(conversation.c.id).where(free).limit(1)
        self._free = (
            select(conversation)
            .where(free)
            .order_by(due, conversation.c.id)
            .limit(bindparam("limit"))
            .with_for_update(skip_locked=True)
        )
        in_lane = table.c.conversation_id == bindparam("conversation_id")
        self._first = select(table).where(in_lane, waiting).order_by(table.c.id).limit(1)
        entered = {
            due: case((busy, null()), else_=func.coalesce(due, _AT)),
            written: case((due.is_(None), _AT), else_=written),
            **{conversation.c[name]: value for name, value in entering.items()},
        }
        self._enter, self._enter_all = _next_place(_HERE, entered), _next_place(_AMONG, entered)
        self._open = (
            update(conversation).where(_HERE).values({due: case((busy, null()), else_=first_due), written: _AT})
        )
        self._close = update(conversation).where(_HERE).values({due: null(), written: null()})

    def enter(self, connection: Connection, conversation_id: int) -> int:
        """Something comes to wait: returns its position in the conversation. Its lane opens, unless something there is under way."""
        place: int = connection.execute(self._enter, {"row_id": conversation_id, "at": now()}).scalar_one()
        return place

    def enter_all(self, connection: Connection, conversation_ids: Collection[int]) -> dict[int, int]:
        """`enter` for one thing in each of these conversations; returns the positions by conversation."""
        rows = connection.execute(self._enter_all, {"row_ids": list(conversation_ids), "at": now()})
        return {row.id: row.length for row in rows}

    def any_free(self, connection: Connection) -> bool:
        """Whether a lane can be served now. To be asked first, because a look costs less than a transaction."""
        return connection.execute(self._any_free, {"at": now()}).first() is not None

    def free(self, connection: Connection, limit: int) -> Sequence[Row[Any]]:
        """Conversations whose lane can be served now, locked until the transaction ends; who has waited longest comes first."""
        return connection.execute(self._free, {"at": now(), "limit": limit}).all()

    def first(self, connection: Connection, conversation_id: int) -> Row[Any] | None:
        """What waits first in a lane."""
        return connection.execute(self._first, {"conversation_id": conversation_id}).first()

    def close(self, connection: Connection, conversation_id: int) -> None:
        """What was first is under way, or nothing waits."""
        connection.execute(self._close, {"row_id": conversation_id})

    def open(self, connection: Connection, conversation_id: int) -> None:
        """What was under way is not any more, or the order has changed: the lane goes to the end of the queue, if anything waits in it.

        Like `enter` only for who holds the conversation's row by a statement of its own before: PostgreSQL lets a statement that has to wait for a row see
        that row as it is then, but what else it looks at (what waits, what is under way) as it was when it began.
        """
        connection.execute(self._open, {"row_id": conversation_id, "at": now()})


INBOX = Lanes(message, "inbox", "running", OPEN_MESSAGES, blocked=False, heard_at=_AT)  # who writes hears us again
OUTBOX = Lanes(reply, "outbox", "sending", OPEN_REPLIES)
