"""Units of work for replies of which nobody knows whether they arrived."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select, text

from bot.storage.tables import UNCERTAIN_REPLIES, case, conversation, customer, reply

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


@dataclass(frozen=True)
class UncertainReply:
    """A reply that may have arrived. `case_id` is the conversation's latest case, None where it never had one."""

    id: int
    conversation_id: int
    text: str
    markdown: bool
    at: datetime
    channel: str
    customer: str
    case_id: int | None


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
            at=row.settled_at or row.created_at,
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
