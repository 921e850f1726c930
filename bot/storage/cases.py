"""Units of work for cases: opened by the bot, worked on by agents. The database decides every race."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, or_, select, text, update

from bot.domain.conversation import Conversation, Owner
from bot.domain.handoff import CaseState, Handoff
from bot.domain.reading import Urgency
from bot.errors import StorageConflict
from bot.storage.fetching import want
from bot.storage.log import write_log
from bot.storage.rows import load_conversation, lock_conversation, now
from bot.storage.statements import insert_row
from bot.storage.tables import OPEN_CASES, case, conversation, reply, staff

OPEN = (CaseState.WAITING.value, CaseState.CLAIMED.value)
_OPEN_CASE_OF = select(case.c.id).where(case.c.conversation_id == bindparam("conversation_id"), text(OPEN_CASES))


@dataclass(frozen=True)
class CaseRow:
    """A case as the desk lists it. `opening` is the question it began with; the channel comes last, for it never orders."""

    id: int
    conversation_id: int
    state: CaseState
    reason: str
    urgency: Urgency
    evidence: dict[str, Any]
    opening: str
    opened_at: datetime
    claimed_at: datetime | None
    closed_at: datetime | None
    staff_id: int | None
    staff_name: str | None
    customer_language: str | None
    channel: str

    @property
    def is_free(self) -> bool:
        """Whether an agent here can take it: it waits, or somebody has it who answers elsewhere."""
        return self.state is CaseState.WAITING or (self.state is CaseState.CLAIMED and self.staff_id is None)


def open_case(
    connection: Connection, conversation_id: int, handoff: Handoff, opening: str, *, message_id: int | None = None
) -> int:
    """Open a case, or add to the one that is open: a further reason raises its urgency and never lowers it.

    `message_id` is the message that did so. Files that are still with the channel are wanted from the opening on.
    """
    open_one = select(case).where(case.c.conversation_id == conversation_id, case.c.state.in_(OPEN))
    row = connection.execute(open_one).first()
    if row is None:
        want(connection, conversation_id)
        return insert_row(
            connection,
            case,
            conversation_id=conversation_id,
            message_id=message_id,
            state=CaseState.WAITING.value,
            reason=handoff.reason.value,
            urgency=int(handoff.urgency),
            evidence=handoff.evidence,
            opening=opening[:500],
            opened_at=now(),
        )
    if handoff.urgency < row.urgency:
        values = {
            "urgency": int(handoff.urgency),
            "reason": handoff.reason.value,
            "evidence": handoff.evidence,
            "message_id": message_id,
        }
        connection.execute(update(case).where(case.c.id == row.id).values(**values))
    return int(row.id)


def open_case_of(connection: Connection, conversation_id: int) -> int | None:
    """The open case of a conversation, if there is one."""
    found: int | None = connection.execute(_OPEN_CASE_OF, {"conversation_id": conversation_id}).scalar()
    return found


def add_evidence(connection: Connection, case_id: int, facts: dict[str, Any]) -> None:
    """Add facts to what the desk shows of a case (a way of contact, a fault report)."""
    known = connection.execute(select(case.c.evidence).where(case.c.id == case_id)).scalar_one()
    connection.execute(update(case).where(case.c.id == case_id).values(evidence={**known, **facts}))


def _rows(connection: Connection, *where: Any) -> list[CaseRow]:
    columns = (case, staff.c.name.label("staff_name"), conversation.c.language, conversation.c.channel)
    joined = case.join(conversation, conversation.c.id == case.c.conversation_id)
    query = select(*columns).select_from(joined.outerjoin(staff, staff.c.id == case.c.staff_id)).where(*where)
    rows = connection.execute(query.order_by(case.c.urgency, case.c.opened_at, case.c.id))
    return [
        CaseRow(
            id=row.id,
            conversation_id=row.conversation_id,
            state=CaseState(row.state),
            reason=row.reason,
            urgency=Urgency(row.urgency),
            evidence=row.evidence,
            opening=row.opening,
            opened_at=row.opened_at,
            claimed_at=row.claimed_at,
            closed_at=row.closed_at,
            staff_id=row.staff_id,
            staff_name=row.staff_name,
            customer_language=row.language,
            channel=row.channel,
        )
        for row in rows
    ]


def queue(connection: Connection) -> list[CaseRow]:
    """All open cases: by urgency, then by waiting time. The channel has no say."""
    return _rows(connection, case.c.state.in_(OPEN))


def recently_closed(connection: Connection, limit: int = 30) -> list[CaseRow]:
    """The cases closed last, latest first."""
    ids = select(case.c.id).where(case.c.closed_at.is_not(None)).order_by(case.c.closed_at.desc()).limit(limit)
    rows = _rows(connection, case.c.id.in_(ids))
    return sorted(rows, key=lambda row: row.closed_at or row.opened_at, reverse=True)


def load_case(connection: Connection, case_id: int) -> CaseRow | None:
    """One case, open or closed; None where there is none with this id."""
    return next(iter(_rows(connection, case.c.id == case_id)), None)


def waiting_before(connection: Connection, case_id: int) -> int:
    """How many waiting cases will be served before this one."""
    this = connection.execute(select(case.c.urgency, case.c.opened_at).where(case.c.id == case_id)).one()
    earlier = or_(
        case.c.urgency < this.urgency,
        and_(case.c.urgency == this.urgency, case.c.opened_at < this.opened_at),
        and_(case.c.urgency == this.urgency, case.c.opened_at == this.opened_at, case.c.id < case_id),
    )
    waiting = case.c.state == CaseState.WAITING.value
    return connection.execute(select(func.count()).select_from(case).where(waiting, earlier)).scalar_one()


def claim(connection: Connection, case_id: int, staff_id: int) -> Conversation:
    """Give the case and the word to an agent. From this commit on no bot send starts in the conversation.

    Raises StorageConflict with the colleague's name where somebody was faster.
    """
    row = require_case(connection, case_id)
    if row.state is CaseState.CLAIMED and row.staff_id == staff_id:
        return load_conversation(connection, row.conversation_id)
    if not row.is_free:
        who = row.staff_name or "somebody"
        raise StorageConflict(f"{who} has this case" if row.state is CaseState.CLAIMED else "this case is closed")
    values = {"state": CaseState.CLAIMED.value, "staff_id": staff_id, "claimed_at": now()}
    connection.execute(update(case).where(case.c.id == case_id).values(**values))
    change_owner(connection, row.conversation_id, Owner.AGENT)
    write_log(connection, f"staff:{staff_id}", "case.claim", f"case:{case_id}")
    return load_conversation(connection, row.conversation_id)


def close(connection: Connection, case_id: int, staff_id: int, state: CaseState) -> Conversation:
    """End the agent's work: `RESOLVED`, or `RETURNED` to the bot. Either way the bot has the word again."""
    row = held_by(connection, case_id, staff_id)
    at = now()
    connection.execute(update(case).where(case.c.id == case_id).values(state=state.value, closed_at=at))
    change_owner(connection, row.conversation_id, Owner.BOT)
    write_log(connection, f"staff:{staff_id}", f"case.{state.value}", f"case:{case_id}")
    return load_conversation(connection, row.conversation_id)


def agent_has_written(connection: Connection, held: Conversation) -> bool:
    """Whether the agent who has this conversation now has written to the customer: their replies carry its epoch."""
    of_agent = and_(reply.c.conversation_id == held.id, reply.c.kind == "agent", reply.c.epoch == held.epoch)
    return connection.execute(select(reply.c.id).where(of_agent).limit(1)).first() is not None


def held_by(connection: Connection, case_id: int, staff_id: int) -> CaseRow:
    """The case, provided this agent has claimed it; StorageConflict says what is in the way otherwise."""
    row = require_case(connection, case_id)
    if row.is_free or row.state is not CaseState.CLAIMED:
        raise StorageConflict("claim this case first" if row.is_free else "this case is closed")
    if row.staff_id != staff_id:
        raise StorageConflict(f"{row.staff_name} has this case")
    return row


def require_case(connection: Connection, case_id: int) -> CaseRow:
    """The case, with its conversation locked: two agents who act at once act one after the other."""
    place = connection.execute(select(case.c.conversation_id).where(case.c.id == case_id)).scalar()
    if place is not None:
        lock_conversation(connection, place)
    row = load_case(connection, case_id)
    if row is None:
        raise StorageConflict("there is no such case")
    return row


def change_owner(connection: Connection, conversation_id: int, owner: Owner) -> None:
    """Give the word to the bot or to a person: what the bot had to say before is not said any more."""
    values = {"owner": owner.value, "epoch": conversation.c.epoch + 1}
    connection.execute(update(conversation).where(conversation.c.id == conversation_id).values(**values))


def under_way(connection: Connection, conversation_id: int) -> int:
    """How many bot sends had started before the claim and are not settled: the agent is shown them."""
    of_bot = and_(reply.c.kind != "agent", reply.c.staff_id.is_(None))
    where = and_(reply.c.conversation_id == conversation_id, reply.c.state == "sending", of_bot)
    return connection.execute(select(func.count()).select_from(reply).where(where)).scalar_one()
