"""Units of work for what goes out: every send is announced in the database before it starts, and settled after."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, or_, select, update

from bot.domain.conversation import Owner
from bot.domain.reply import Outgoing, Reply, ReplyKind, ReplyState
from bot.errors import StorageConflict
from bot.storage.rows import conversation_from, insert_row, next_position, now, reply_from
from bot.storage.tables import attempt, conversation, reply


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
) -> int:
    """Put a reply into the outbox and return its id. The same `client_id` again gives the reply that is already there."""
    if client_id is not None:
        same = (reply.c.conversation_id == conversation_id) & (reply.c.client_id == client_id)
        known = connection.execute(select(reply.c.id, reply.c.text).where(same)).first()
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
        state=ReplyState.QUEUED.value,
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
    reply's own epoch, else it is dropped (and the next of that conversation gets its turn with the next call).
    """
    ahead = reply.alias("ahead")
    first_of_lane = (
        select(func.min(ahead.c.id))
        .where(
            ahead.c.conversation_id == reply.c.conversation_id,
            ahead.c.state.in_([ReplyState.QUEUED.value, ReplyState.SENDING.value]),
        )
        .correlate(reply)
        .scalar_subquery()
    )
    due = (reply.c.state == ReplyState.QUEUED.value, reply.c.due_at <= now(), reply.c.id == first_of_lane)
    rows = connection.execute(select(reply).where(*due).order_by(reply.c.id).limit(limit)).all()
    started = []
    for row in rows:
        owner = connection.execute(select(conversation).where(conversation.c.id == row.conversation_id)).one()
        refusal = _refusal(row.kind, row.epoch, owner.owner, owner.epoch, owner.blocked)
        if refusal is None:
            started.append(_announce(connection, row, owner))
        else:
            state = ReplyState.FAILED if owner.blocked else ReplyState.DROPPED
            values = {"state": state.value, "state_reason": refusal, "settled_at": now()}
            connection.execute(update(reply).where(reply.c.id == row.id).values(**values))
    return started


def _announce(connection: Connection, row: Any, owner: Any) -> Started:
    attempts = row.attempts + 1
    values = {"state": ReplyState.SENDING.value, "attempts": attempts}
    connection.execute(update(reply).where(reply.c.id == row.id).values(**values))
    attempt_id = insert_row(connection, attempt, reply_id=row.id, outcome=ReplyState.SENDING.value, started_at=now())
    outgoing = Outgoing(row.id, conversation_from(owner).key, reply_from(row), row.author)
    return Started(outgoing, attempt_id, attempts, row.conversation_id)


def _refusal(kind: str, epoch: int, owner: str, current_epoch: int, blocked: bool) -> str | None:
    if blocked:
        return "the customer has blocked us"
    if kind != ReplyKind.AGENT and (owner != Owner.BOT or epoch != current_epoch):
        return "a person has taken over"
    return None


def settle_send(
    connection: Connection, started: Started, state: ReplyState, *, vendor_id: str = "", detail: str = ""
) -> None:
    """Write down how a send ended: sent, failed or uncertain."""
    at = now()
    connection.execute(
        update(attempt)
        .where(attempt.c.id == started.attempt_id)
        .values(outcome=state.value, detail=detail[:256], ended_at=at)
    )
    values = {"state": state.value, "state_reason": detail[:256], "vendor_id": vendor_id, "settled_at": at}
    connection.execute(update(reply).where(reply.c.id == started.outgoing.id).values(**values))


def postpone_send(connection: Connection, started: Started, due_at: datetime, detail: str) -> None:
    """A send that certainly did not arrive waits, in its place, until `due_at`."""
    connection.execute(
        update(attempt)
        .where(attempt.c.id == started.attempt_id)
        .values(outcome=ReplyState.FAILED.value, detail=detail[:256], ended_at=now())
    )
    values = {"state": ReplyState.QUEUED.value, "state_reason": detail[:256], "due_at": due_at}
    connection.execute(update(reply).where(reply.c.id == started.outgoing.id).values(**values))


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
    open_states = or_(reply.c.state == ReplyState.QUEUED.value, reply.c.state == ReplyState.SENDING.value)
    return connection.execute(select(func.count()).select_from(reply).where(open_states)).scalar_one()
