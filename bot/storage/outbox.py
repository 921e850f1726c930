"""Units of work for what goes out: every send is announced in the database before it starts, and settled after."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, func, literal_column, select, text, update

from bot.domain.conversation import Owner
from bot.domain.reply import Outgoing, Reply, ReplyKind, ReplyState
from bot.errors import StorageConflict
from bot.storage.lanes import OUTBOX, hold, next_position
from bot.storage.rows import conversation_from, lock_conversation, now, reply_from
from bot.storage.statements import insert_row, update_row
from bot.storage.tables import OPEN_REPLIES, attempt, conversation, message, reply

_OPEN_ATTEMPT = attempt.c.outcome == ReplyState.SENDING.value
_END = update(attempt).where(attempt.c.id == bindparam("row_id"), _OPEN_ATTEMPT)
_GIVE_UP = update(attempt).where(attempt.c.reply_id == bindparam("reply"), _OPEN_ATTEMPT).values(detail="interrupted")
_SENDING = reply.c.state == literal_column("'sending'")
_NAMED = select(message.c.vendor_id, message.c.details).where(message.c.id == bindparam("message"))
_LATEST = (
    select(message.c.vendor_id, message.c.details)
    .where(message.c.conversation_id == bindparam("conversation"))
    .order_by(message.c.position.desc())
    .limit(1)
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

    For who holds the conversation (`lock_conversation`): else a send that ends meanwhile may leave the lane shut behind it.
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
        position=(next_position if sent else OUTBOX.enter)(connection, conversation_id),
        kind=draft.kind.value,
        epoch=epoch,
        text=draft.text,
        language=draft.language,
        markdown=draft.markdown,
        buttons=[asdict(button) for button in draft.buttons],
        source=asdict(draft.source) if draft.source else None,
        answer_slug=draft.answer_id,
        private=draft.private,
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


def start(connection: Connection, limit: int, process_id: int | None = None) -> list[Started]:
    """Announce the next send of up to `limit` free lanes, to be made by the process with this number.

    This is where a claim and a bot's word meet: a bot reply starts only while the bot still owns the conversation in the reply's own epoch, else it
    is dropped, and the next in its lane is looked at. What a person wrote, or decided to send again, is a person's word and starts.
    """
    started = [_start_first(connection, lane, process_id) for lane in OUTBOX.free(connection, limit)]
    return [one for one in started if one is not None]


def _start_first(connection: Connection, lane: Row[Any], process_id: int | None) -> Started | None:
    OUTBOX.close(connection, lane.id)
    while (row := OUTBOX.first(connection, lane.id)) is not None:
        refusal = _refusal(row, lane)
        if refusal is None:
            return _announce(connection, row, lane, process_id)
        state = ReplyState.FAILED if lane.blocked else ReplyState.DROPPED
        update_row(connection, reply, row.id, state=state.value, state_reason=refusal, settled_at=now())
    return None


def _announce(connection: Connection, row: Row[Any], lane: Row[Any], process_id: int | None) -> Started:
    attempts = row.attempts + 1
    sending = ReplyState.SENDING.value
    update_row(connection, reply, row.id, state=sending, attempts=attempts, process_id=process_id)
    attempt_id = insert_row(connection, attempt, reply_id=row.id, outcome=sending, detail="", started_at=now())
    answered = connection.execute(
        _NAMED if row.message_id else _LATEST, {"conversation": lane.id, "message": row.message_id}
    ).first()
    name, subject = (answered.vendor_id, (answered.details or {}).get("subject", "")) if answered else ("", "")
    key, draft = conversation_from(lane).key, reply_from(row)
    outgoing = Outgoing(row.id, key, draft, row.author, lane.heard_at, name, subject)
    return Started(outgoing, attempt_id, attempts, lane.id)


def _refusal(row: Row[Any], lane: Row[Any]) -> str | None:
    if lane.blocked:
        return BLOCKED
    of_person = row.kind == ReplyKind.AGENT or row.staff_id is not None  # who wrote it, or had the bot's sent again
    if not of_person and (lane.owner != Owner.BOT or row.epoch != lane.epoch):
        return "a person has taken over"
    return None


def settle_send(
    connection: Connection, started: Started, state: ReplyState, *, vendor_id: str = "", detail: str = ""
) -> None:
    """Write down how a send ended: sent, failed or uncertain. StorageConflict where another process has given this attempt up."""
    hold(connection, started.conversation_id)
    _end_attempt(connection, started, state, detail)
    facts = {"state": state.value, "state_reason": detail, "vendor_id": vendor_id, "settled_at": now()}
    update_row(connection, reply, started.outgoing.id, **facts, process_id=None)
    OUTBOX.open(connection, started.conversation_id)


def postpone_send(connection: Connection, started: Started, due_at: datetime, detail: str) -> None:
    """A send that certainly did not arrive waits, in its place, until `due_at`."""
    hold(connection, started.conversation_id)
    _end_attempt(connection, started, ReplyState.FAILED, detail)
    facts = {"state": ReplyState.QUEUED.value, "state_reason": detail, "due_at": due_at}
    update_row(connection, reply, started.outgoing.id, **facts, process_id=None)
    OUTBOX.open(connection, started.conversation_id)


def _end_attempt(connection: Connection, started: Started, outcome: ReplyState, detail: str) -> None:
    ended = {"row_id": started.attempt_id, "outcome": outcome.value, "detail": detail, "ended_at": now()}
    if connection.execute(_END, ended).rowcount == 0:
        raise StorageConflict("another process has given this attempt up")


def mark_delivered(connection: Connection, conversation_id: int, position: int) -> None:
    """The customer's side has everything up to `position`."""
    connection.execute(
        update(reply)
        .where(reply.c.conversation_id == conversation_id, reply.c.position <= position, reply.c.delivered_at.is_(None))
        .where(reply.c.state == ReplyState.SENT.value)
        .values(delivered_at=now())
    )


def recover(connection: Connection, idempotent_channels: frozenset[str], dead: Sequence[int]) -> tuple[int, int]:
    """What processes that are `dead`, or nobody, were sending is sent again where the channel makes that safe, else parked as uncertain.

    Returns (to be sent again, uncertain).
    """
    whose = reply.c.process_id.is_(None) | reply.c.process_id.in_(dead)
    return _take_up(connection, whose, ReplyState.UNCERTAIN, lambda channel: channel in idempotent_channels)


def take_back(connection: Connection, process_id: int, held: Collection[int]) -> int:
    """What this process has announced without being told, since the database went away in between, waits again: all but the replies it has `held`.

    None of these sends has begun. Returns how many.
    """
    whose = and_(reply.c.process_id == process_id, reply.c.id.not_in(held))
    return _take_up(connection, whose, ReplyState.FAILED, lambda _: True)[0]


def _take_up(
    connection: Connection, whose: ColumnElement[bool], outcome: ReplyState, is_safe: Callable[[str], bool]
) -> tuple[int, int]:
    interrupted = and_(_SENDING, whose)
    places = select(reply.c.conversation_id, reply.c.id).where(interrupted).order_by(reply.c.conversation_id)
    taken = {True: 0, False: 0}
    for row in connection.execute(places).all():
        safe = is_safe(lock_conversation(connection, row.conversation_id).key.channel)
        facts = (
            {"state": ReplyState.QUEUED.value, "due_at": now(), "state_reason": "interrupted"}
            if safe
            else {"state": ReplyState.UNCERTAIN.value, "settled_at": now(), "state_reason": "interrupted while sending"}
        )
        held = update(reply).where(reply.c.id == row.id, interrupted).values(**facts, process_id=None)
        if connection.execute(held).rowcount:  # else it was not dead yet, and settled it before we had the row
            connection.execute(_GIVE_UP, {"reply": row.id, "outcome": outcome.value, "ended_at": now()})
            OUTBOX.open(connection, row.conversation_id)
            taken[safe] += 1
    return taken[True], taken[False]


def doubt(connection: Connection, idempotent_channels: frozenset[str], reason: str) -> int:
    """Somebody else may have sent what waits here: then it is uncertain, except where a channel can take it twice. Returns how many replies."""
    waiting = select(reply.c.id, reply.c.attempts, reply.c.conversation_id).join(conversation)
    unsafe = (reply.c.state == ReplyState.QUEUED.value, conversation.c.channel.not_in(idempotent_channels))
    rows = connection.execute(waiting.where(*unsafe)).all()
    uncertain, at = ReplyState.UNCERTAIN.value, now()
    for row in rows:
        insert_row(connection, attempt, reply_id=row.id, outcome=uncertain, detail=reason, started_at=at, ended_at=at)
        facts = {"state": uncertain, "state_reason": reason, "settled_at": at}
        update_row(connection, reply, row.id, attempts=row.attempts + 1, **facts)
        OUTBOX.open(connection, row.conversation_id)
    return len(rows)


def pending(connection: Connection) -> int:
    """How many replies still wait or are being sent."""
    waiting = select(func.count()).select_from(reply).where(text(OPEN_REPLIES))
    return connection.execute(waiting).scalar_one()
