"""Units of work for which conversations are one person's. Only people say so, agents or the customer; nothing is ever guessed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, select, update

from bot.errors import StorageConflict
from bot.storage.cases import open_case_of
from bot.storage.log import write_log
from bot.storage.rows import lock_conversation, now
from bot.storage.statements import insert_row, update_row
from bot.storage.tables import conversation, customer

_HERE = conversation.alias("here")
_LINKED = (
    select(conversation)
    .join(_HERE, _HERE.c.customer_id == conversation.c.customer_id)
    .where(_HERE.c.id == bindparam("here"), conversation.c.id != bindparam("here"))
    .order_by(conversation.c.id)
)
_CUSTOMER_OF = select(conversation.c.customer_id).where(conversation.c.id == bindparam("conversation"))


@dataclass(frozen=True)
class Linked:
    """Another conversation of the same person. `case_id`: its open case; `heard_at`: when the customer last wrote there."""

    id: int
    channel: str
    began_at: datetime
    heard_at: datetime | None
    case_id: int | None


def linked(connection: Connection, conversation_id: int) -> list[Linked]:
    """The other conversations of whose this one is, oldest first."""
    rows = connection.execute(_LINKED, {"here": conversation_id}).all()
    return [Linked(row.id, row.channel, row.created_at, row.heard_at, open_case_of(connection, row.id)) for row in rows]


def link(connection: Connection, conversation_id: int, other_id: int, actor: str) -> None:
    """Somebody says that both are one person's, and with them all that was said to be before. StorageConflict where there is no such conversation."""
    for held in sorted({conversation_id, other_id}):  # in one order, so that two who link do not wait for each other
        lock_conversation(connection, held)
    keeps, goes = (_customer_of(connection, one) for one in (conversation_id, other_id))
    if keeps == goes:
        return
    connection.execute(update(conversation).where(conversation.c.customer_id == goes).values(customer_id=keeps))
    connection.execute(delete(customer).where(customer.c.id == goes))
    write_log(connection, actor, "customer.link", f"conversation:{conversation_id}", {"other": other_id})


def unlink(connection: Connection, conversation_id: int, other_id: int, actor: str) -> None:
    """Somebody says that the other conversation is another person's after all."""
    for held in sorted({conversation_id, other_id}):
        lock_conversation(connection, held)
    if conversation_id == other_id or _customer_of(connection, conversation_id) != _customer_of(connection, other_id):
        raise StorageConflict("these two are not linked")
    made = insert_row(connection, customer, name="", created_at=now())
    update_row(connection, conversation, other_id, customer_id=made)
    write_log(connection, actor, "customer.unlink", f"conversation:{conversation_id}", {"other": other_id})


def is_linked(connection: Connection, conversation_id: int, other_id: int) -> bool:
    """Whether both are one person's."""
    return _customer_of(connection, conversation_id) == _customer_of(connection, other_id)


def _customer_of(connection: Connection, conversation_id: int) -> int | None:
    found: int | None = connection.execute(_CUSTOMER_OF, {"conversation": conversation_id}).scalar()
    return found
