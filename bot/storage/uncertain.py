"""Units of work for replies of which nobody knows whether they arrived: to find them, and to settle them by an agent's word."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, func, select, text, update

from bot.domain.reply import ReplyState
from bot.errors import StorageConflict
from bot.storage.lanes import OUTBOX
from bot.storage.log import write_log
from bot.storage.outbox import BLOCKED
from bot.storage.rows import now
from bot.storage.statements import find_row
from bot.storage.tables import UNCERTAIN_REPLIES, case, conversation, customer, log, reply, staff

LISTED = 200
_CASE = select(func.max(case.c.id)).where(case.c.conversation_id == reply.c.conversation_id).scalar_subquery()
_COUNT = select(func.count()).select_from(reply).where(text(UNCERTAIN_REPLIES))
_LIST = (
    select(reply, conversation.c.channel, customer.c.name.label("customer"), _CASE.label("case_id"))
    .select_from(
        reply.join(conversation, conversation.c.id == reply.c.conversation_id).join(
            customer, customer.c.id == conversation.c.customer_id
        )
    )
    .where(text(f"reply.{UNCERTAIN_REPLIES}"))
    .order_by(reply.c.id.desc())
    .limit(LISTED)
)
_OF_CONVERSATION = select(reply.c.id).where(
    text(UNCERTAIN_REPLIES), reply.c.conversation_id == bindparam("conversation_id")
)
_PLACE: Select[Any] = (
    select(conversation.c.id, conversation.c.blocked)
    .join(reply)
    .where(reply.c.id == bindparam("reply_id"))
    .with_for_update(of=conversation)  # who changes something in a conversation holds its row first
)


class Settling(StrEnum):
    """What an agent can say of such a reply. The value is its action in the log."""

    SEND_AGAIN = "reply.send_again"
    ARRIVED = "reply.arrived"


_SAID = {Settling.SEND_AGAIN: "has sent it again", Settling.ARRIVED: "has said that it arrived"}
_LAST_WORD = (
    select(log.c.action, log.c.actor, log.c.detail)
    .where(log.c.object == bindparam("object"), log.c.action.in_([word.value for word in Settling]))
    .order_by(log.c.id.desc())
    .limit(1)
)


@dataclass(frozen=True)
class UncertainReply:
    """A reply that may have arrived, uncertain since `at`. `case_id` is the conversation's latest case, None where it never had one."""

    id: int
    conversation_id: int
    text: str
    markdown: bool
    at: datetime
    channel: str
    customer: str
    case_id: int | None


@dataclass(frozen=True)
class Settled:
    """What an agent has said of such a reply, and the state it went to with that."""

    word: Settling
    state: ReplyState
    staff_id: int
    staff_name: str


def count(connection: Connection) -> int:
    """How many there are."""
    return connection.execute(_COUNT).scalar_one()


def listed(connection: Connection) -> list[UncertainReply]:
    """The latest of them, latest first."""
    return [
        UncertainReply(
            id=row.id,
            conversation_id=row.conversation_id,
            text=row.text,
            markdown=row.markdown,
            at=row.settled_at,
            channel=row.channel,
            customer=row.customer,
            case_id=row.case_id,
        )
        for row in connection.execute(_LIST)
    ]


def holds_one(connection: Connection, conversation_id: int) -> bool:
    """Whether a conversation has such a reply."""
    found = connection.execute(_OF_CONVERSATION.limit(1), {"conversation_id": conversation_id})
    return found.first() is not None


def is_reply(connection: Connection, reply_id: int) -> bool:
    """Whether there is a reply with this id, uncertain or not."""
    return find_row(connection, reply, reply_id) is not None


def send_again(connection: Connection, reply_id: int, staff_id: int, since: datetime) -> int:
    """Have a reply sent once more that may have arrived, as an agent decides; returns its conversation.

    It goes back into the outbox, due now, with all its attempts before it, and where it was the bot's word it is this person's from now on.
    To a customer who has blocked us nothing is sent: then it has failed. `since` is since when it has been uncertain, as the agent saw it:
    who looks at an older state decides nothing. StorageConflict names who was faster.
    """
    place = _place_of(connection, reply_id)
    again = {
        "state": ReplyState.QUEUED.value,
        "state_reason": f"sent again: {_name_of(connection, staff_id)}",
        "staff_id": func.coalesce(reply.c.staff_id, staff_id),
        "attempts": 0,
        "due_at": now(),
        "settled_at": None,
    }
    refused = {"state": ReplyState.FAILED.value, "state_reason": BLOCKED, "settled_at": now()}
    _settle(connection, Settling.SEND_AGAIN, reply_id, staff_id, since, refused if place.blocked else again)
    OUTBOX.open(connection, place.id)
    return int(place.id)


def it_arrived(connection: Connection, reply_id: int, staff_id: int, since: datetime) -> int:
    """Take an agent's word that a reply has arrived; returns its conversation. `since` and StorageConflict as for `send_again`."""
    place = _place_of(connection, reply_id)
    reason = f"arrived: {_name_of(connection, staff_id)}"
    facts = {"state": ReplyState.SENT.value, "state_reason": reason, "settled_at": now()}
    _settle(connection, Settling.ARRIVED, reply_id, staff_id, since, facts)
    return int(place.id)


def _place_of(connection: Connection, reply_id: int) -> Row[Any]:
    place = connection.execute(_PLACE, {"reply_id": reply_id}).first()
    if place is None:
        raise StorageConflict("there is no such reply")
    return place


def _settle(
    connection: Connection, word: Settling, reply_id: int, staff_id: int, since: datetime, facts: dict[str, Any]
) -> None:
    """Write `facts` and who said so, provided that the reply is as uncertain as it was `since` then."""
    same = (reply.c.id == reply_id, text(UNCERTAIN_REPLIES), reply.c.settled_at == since)
    if connection.execute(update(reply).where(*same).values(**facts)).rowcount == 0:
        raise StorageConflict(_what_was_said(connection, reply_id))
    write_log(connection, f"staff:{staff_id}", word.value, f"reply:{reply_id}", {"state": facts["state"]})


def _what_was_said(connection: Connection, reply_id: int) -> str:
    said = settled(connection, reply_id)
    if said is None:
        return "this reply is not uncertain"
    return f"{said.staff_name} {_SAID[said.word]}"


def settled(connection: Connection, reply_id: int) -> Settled | None:
    """What an agent said last of this reply; None where nobody has."""
    row = connection.execute(_LAST_WORD, {"object": f"reply:{reply_id}"}).first()
    if row is None:
        return None
    staff_id = int(row.actor.removeprefix("staff:"))
    return Settled(Settling(row.action), ReplyState(row.detail["state"]), staff_id, _name_of(connection, staff_id))


def _name_of(connection: Connection, staff_id: int) -> str:
    person = find_row(connection, staff, staff_id)
    assert person is not None  # staff are deactivated, never removed
    return str(person.name)
