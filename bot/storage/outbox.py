"""Units of work for what goes out: every send is announced in the database before it starts, and settled after."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, func, literal_column, select, text, update

from bot.domain.conversation import Owner
from bot.domain.reply import Outgoing, Reply, ReplyKind, ReplyState
from bot.errors import StorageConflict
from bot.storage.rows import conversation_from, next_position, now, reply_from
from bot.storage.statements import find_row, insert_row, update_row
from bot.storage.tables import OPEN_REPLIES, attempt, conversation, reply

_QUEUED: ColumnElement[str] = literal_column(
    "'queued'"
)  # written out: SQLite uses a partial index only for what it can read in the statement
_FIRST_OF_LANES = select(func.min(reply.c.id)).where(text(OPEN_REPLIES)).group_by(reply.c.conversation_id)
_DUE = (
    select(reply)
    .where(reply.c.id.in_(_FIRST_OF_LANES), reply.c.state == _QUEUED, reply.c.due_at <= bindparam("at"))
    .order_by(reply.c.id)
    .limit(bindparam("limit"))
)
BLOCKED = "the customer has blocked us"
_SAME = select(reply.c.id, reply.c.text).where(
    reply.c.conversation_id == bindparam("conversation_id"), reply.c.client_id == bindparam("client_id")
)


def queue_reply(
    connection: Connection,
    conversation_id: int,
    epoch: int,
    draft: Reply,
    *,
    message_id: int | None = None,
    staff_id: int | None = None,
    author: str = "",
    client_id: str | None = None,
    sent: bool = False,
) -> int:
    """Put a reply into the outbox and return its id. The same `client_id` again gives the reply that is already there.

    `sent`: the customer fetches it from here, so that with this commit it is sent; the caller has checked the epoch in the same
    transaction.
    """
    if client_id is not None:
        place = {"conversation_id": conversation_id, "client_id": client_id}
        known = connection.execute(_SAME, place).first()
        if known is not None:
            if known.text != draft.text:
                raise StorageConflict("this reply was sent before with another text")
            return int(known.id)
    at = now()
    return insert_row(
        connection,
        reply,
        conversation_id=conversation_id,
        message_id=message_id,
        position=next_position(connection, conversation_id),
        kind=draft.kind.value,
        epoch=epoch,
        text=draft.text,
        language=draft.language,
        markdown=draft.markdown,
        buttons=[asdict(button) for button in draft.buttons],
        source=asdict(draft.source) if draft.source else None,
        answer_slug=draft.answer_id,
        staff_id=staff_id,
        author=author,
        client_id=client_id,
        state=(ReplyState.SENT if sent else ReplyState.QUEUED).value,
        settled_at=at if sent else None,
        state_reason="",
        attempts=0,
        vendor_id="",
        due_at=at,
        created_at=at,
    )


@dataclass(frozen=True)
class Started:
    """A send that has been announced: the reply to send, its attempt, and how many attempts there were with this one."""

    outgoing: Outgoing
    attempt_id: int
    attempts: int
    conversation_id: int


def start(connection: Connection, limit: int) -> list[Started]:
    """Announce up to `limit` sends whose turn has come, one a conversation, in order.

    This is where a claim and a bot's word meet: a bot reply starts only while the bot still owns the conversation in the
    reply's own epoch, else it is dropped (and the next of that conversation gets its turn with the next call). What a person wrote,
    or decided to send again, is a person's word and starts.
    """
    started = []
    for row in connection.execute(_DUE, {"at": now(), "limit": limit}).all():
        owner = find_row(connection, conversation, row.conversation_id)
        assert owner is not None  # the foreign key says so
        refusal = _refusal(row, owner)
        if refusal is None:
            started.append(_announce(connection, row, owner))
        else:
            state = ReplyState.FAILED if owner.blocked else ReplyState.DROPPED
            update_row(connection, reply, row.id, state=state.value, state_reason=refusal, settled_at=now())
    return started


def _announce(connection: Connection, row: Row[Any], owner: Row[Any]) -> Started:
    attempts = row.attempts + 1
    update_row(connection, reply, row.id, state=ReplyState.SENDING.value, attempts=attempts)
    attempt_id = insert_row(
        connection, attempt, reply_id=row.id, outcome=ReplyState.SENDING.value, detail="", started_at=now()
    )
    outgoing = Outgoing(row.id, conversation_from(owner).key, reply_from(row), row.author)
    return Started(outgoing, attempt_id, attempts, row.conversation_id)


def _refusal(row: Row[Any], owner: Row[Any]) -> str | None:
    if owner.blocked:
        return BLOCKED
    of_person = row.kind == ReplyKind.AGENT or row.staff_id is not None  # who wrote it, or had the bot's sent again
    if not of_person and (owner.owner != Owner.BOT or row.epoch != owner.epoch):
        return "a person has taken over"
    return None


def settle_send(
    connection: Connection, started: Started, state: ReplyState, *, vendor_id: str = "", detail: str = ""
) -> None:
    """Write down how a send ended: sent, failed or uncertain."""
    at, detail = now(), detail[:256]
    update_row(connection, attempt, started.attempt_id, outcome=state.value, detail=detail, ended_at=at)
    facts = {"state": state.value, "state_reason": detail, "vendor_id": vendor_id, "settled_at": at}
    update_row(connection, reply, started.outgoing.id, **facts)


def postpone_send(connection: Connection, started: Started, due_at: datetime, detail: str) -> None:
    """A send that certainly did not arrive waits, in its place, until `due_at`."""
    detail = detail[:256]
    failed = ReplyState.FAILED.value
    update_row(connection, attempt, started.attempt_id, outcome=failed, detail=detail, ended_at=now())
    facts = {"state": ReplyState.QUEUED.value, "state_reason": detail, "due_at": due_at}
    update_row(connection, reply, started.outgoing.id, **facts)


def mark_delivered(connection: Connection, conversation_id: int, position: int) -> None:
    """The customer's side has everything up to `position`."""
    connection.execute(
        update(reply)
        .where(reply.c.conversation_id == conversation_id, reply.c.position <= position, reply.c.delivered_at.is_(None))
        .where(reply.c.state == ReplyState.SENT.value)
        .values(delivered_at=now())
    )


def recover(connection: Connection, idempotent_channels: frozenset[str]) -> tuple[int, int]:
    """After a crash: sends under way are repeated where the channel makes that safe, else parked as uncertain.

    Returns (to be repeated, uncertain).
    """
    safe = select(conversation.c.id).where(conversation.c.channel.in_(idempotent_channels))
    under_way = reply.c.state == ReplyState.SENDING.value
    open_attempt = attempt.c.outcome == ReplyState.SENDING.value
    at = now()
    connection.execute(
        update(attempt)
        .where(open_attempt)
        .values(outcome=ReplyState.UNCERTAIN.value, detail="interrupted", ended_at=at)
    )
    again = connection.execute(
        update(reply)
        .where(under_way, reply.c.conversation_id.in_(safe))
        .values(state=ReplyState.QUEUED.value, due_at=at, state_reason="interrupted")
    ).rowcount
    parked = connection.execute(
        update(reply)
        .where(under_way)
        .values(state=ReplyState.UNCERTAIN.value, state_reason="interrupted while sending", settled_at=at)
    ).rowcount
    return again, parked


def pending(connection: Connection) -> int:
    """How many replies still wait or are being sent."""
    waiting = select(func.count()).select_from(reply).where(text(OPEN_REPLIES))
    return connection.execute(waiting).scalar_one()
