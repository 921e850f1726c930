"""How much waits for an answer. Counted in the index of open messages, so it costs what waits, not what was ever said."""

from __future__ import annotations

from sqlalchemy import Connection, Integer, bindparam, case, func, select, text

from bot.storage.tables import OPEN_MESSAGES, message

_OPEN = text(OPEN_MESSAGES)
_MOST = bindparam("most", type_=Integer)
_EACH = (
    select(func.count().label("number"))
    .select_from(message)
    .where(_OPEN)
    .group_by(message.c.conversation_id)
    .subquery()
)
_ALL = select(func.coalesce(func.sum(case((_EACH.c.number > _MOST, _MOST), else_=_EACH.c.number)), 0))
_FIRST_HERE = select(message.c.id).where(message.c.conversation_id == bindparam("conversation_id"), _OPEN)
_HERE = select(func.count()).select_from(_FIRST_HERE.limit(_MOST).subquery())


def waiting(connection: Connection, most_of_conversation: int) -> int:
    """How many messages wait or are being worked on, of each conversation no more than `most_of_conversation`."""
    return int(connection.execute(_ALL, {"most": most_of_conversation}).scalar_one())


def waiting_in(connection: Connection, conversation_id: int, most: int) -> int:
    """How many of a conversation do; counted up to `most`."""
    return int(connection.execute(_HERE, {"conversation_id": conversation_id, "most": most}).scalar_one())
