"""Units of work for what waits: take by lane, settle with everything that follows from it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, literal_column, select, update

from bot.domain.conversation import Conversation
from bot.domain.message import Message, MessageState
from bot.errors import StorageConflict
from bot.storage.cases import open_case_of
from bot.storage.lanes import INBOX, hold
from bot.storage.revisions import anew
from bot.storage.rows import conversation_from, lock_conversation, message_from, now
from bot.storage.statements import update_row
from bot.storage.tables import message

_RUNNING = message.c.state == literal_column("'running'")
_END = (
    update(message)
    .where(message.c.id == bindparam("row_id"), message.c.attempts == bindparam("attempt"), _RUNNING)
    .returning(message.c.text)
)


@dataclass(frozen=True)
class Taken:
    """A message that is now being worked on, with its conversation and whether a case of it is open."""

    message: Message
    conversation: Conversation
    case_open: bool = False


def take(connection: Connection, limit: int, process_id: int | None = None) -> list[Taken]:
    """Take the first message of up to `limit` free lanes, for the process with this number."""
    taken = [_take_first(connection, lane, process_id) for lane in INBOX.free(connection, limit)]
    return [one for one in taken if one is not None]


def _take_first(connection: Connection, lane: Row[Any], process_id: int | None) -> Taken | None:
    row = INBOX.first(connection, lane.id)
    INBOX.close(connection, lane.id)
    if row is None:
        return None
    attempts = row.attempts + 1
    running = {"state": MessageState.RUNNING.value, "attempts": attempts, "process_id": process_id}
    update_row(connection, message, row.id, **running)
    case_open = open_case_of(connection, lane.id) is not None
    return Taken(message_from(connection, row, attempts), conversation_from(lane), case_open)


def settle(
    connection: Connection,
    taken: Message,
    state: MessageState,
    *,
    reason: str = "",
    reading: dict[str, Any] | None = None,
    brain: str = "",
) -> None:
    """Put a message that was taken into its final state, with the reading that led there. StorageConflict where it is not in our hands any more."""
    facts = {"state": state.value, "state_reason": reason, "reading": reading, "brain": brain, "settled_at": now()}
    text = _end(connection, taken, facts)
    if state is MessageState.ANSWERED and text != taken.text:  # it was edited while the turn was taken
        update_row(connection, message, taken.id, **anew())
    INBOX.open(connection, taken.conversation_id)


def requeue(connection: Connection, taken: Message, due_at: datetime, reason: str) -> None:
    """Give a message that was taken back to its lane, to be tried again at `due_at`."""
    _end(connection, taken, {"state": MessageState.QUEUED.value, "due_at": due_at, "state_reason": reason})
    INBOX.open(connection, taken.conversation_id)


def _end(connection: Connection, taken: Message, facts: dict[str, Any]) -> str:
    """End an attempt; returns the message's text as it is now. Only the one under way may end itself: who was believed dead changes nothing any more."""
    hold(connection, taken.conversation_id)
    mine = {"row_id": taken.id, "attempt": taken.attempts}
    row = connection.execute(_END, {**mine, "process_id": None, **facts}).first()
    if row is None:
        raise StorageConflict("another process has this message by now")
    return str(row.text)


def recover(connection: Connection, dead: Sequence[int]) -> int:
    """What processes that are `dead`, or nobody, had in hand is waiting again. Returns how many messages."""
    return _take_up(connection, message.c.process_id.is_(None) | message.c.process_id.in_(dead))


def take_back(connection: Connection, process_id: int, held: Collection[int]) -> int:
    """What this process has taken without being told, since the database went away in between, is waiting again: all but the messages it has `held`."""
    return _take_up(connection, and_(message.c.process_id == process_id, message.c.id.not_in(held)))


def _take_up(connection: Connection, whose: ColumnElement[bool]) -> int:
    interrupted = and_(_RUNNING, whose)
    places = select(message.c.conversation_id, message.c.id).where(interrupted).order_by(message.c.conversation_id)
    again = {"state": MessageState.QUEUED.value, "due_at": now(), "state_reason": "interrupted", "process_id": None}
    recovered = 0
    for row in connection.execute(places).all():
        lock_conversation(connection, row.conversation_id)
        held = update(message).where(message.c.id == row.id, interrupted).values(**again)
        if connection.execute(held).rowcount:  # else it was not dead yet, and settled it before we had the row
            INBOX.open(connection, row.conversation_id)
            recovered += 1
    return recovered
