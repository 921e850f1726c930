"""Units of work for carrying a conversation over to another channel by a code that its customer was given."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from sqlalchemy import Connection, bindparam, select, update

from bot.domain.conversation import Conversation, Owner
from bot.domain.handoff import CaseState
from bot.storage import cases
from bot.storage.fetching import want
from bot.storage.persons import link
from bot.storage.rows import lock_conversation, now
from bot.storage.statements import insert_row, update_row
from bot.storage.tables import carry_code, case

VALID_FOR = timedelta(minutes=15)

_USE = (
    update(carry_code)
    .where(
        carry_code.c.code_hash == bindparam("hash"),
        carry_code.c.used_at.is_(None),
        carry_code.c.expires_at > bindparam("now", type_=carry_code.c.expires_at.type),
        carry_code.c.conversation_id != bindparam("here"),
    )
    .values(used_at=bindparam("now", type_=carry_code.c.expires_at.type))
    .returning(carry_code.c.conversation_id)
)
_CASE = select(case).where(case.c.id == bindparam("case"))
_GOES_ALONG = ("state", "reason", "urgency", "evidence", "topic", "opening", "staff_id", "opened_at", "claimed_at")


def issue(connection: Connection, conversation_id: int, code: str) -> None:
    """Keep a code for this conversation, good for `VALID_FOR`. Only its hash is stored."""
    at = now()
    values = {"code_hash": _hash(code), "created_at": at, "expires_at": at + VALID_FOR}
    insert_row(connection, carry_code, conversation_id=conversation_id, **values)


def redeem(connection: Connection, conversation_id: int, code: str) -> Conversation | None:
    """Use a code here, once: returns the conversation it was given in, which goes on in this one. None for a code that is not, or no longer, good.

    Both are one person's from now on. An open case comes along, with whoever has it; what the bot knows of the matter is for the caller to take over.
    """
    place = {"hash": _hash(code), "here": conversation_id, "now": now()}
    found: int | None = connection.execute(_USE, place).scalar()
    if found is None:
        return None
    link(connection, found, conversation_id, "customer")
    before = lock_conversation(connection, found)
    _move_case(connection, found, conversation_id)
    return before


def _move_case(connection: Connection, before: int, here: int) -> None:
    """The open case goes on as a case of this conversation, unless one is open here already: as urgent, waiting for as long, in the same hands."""
    known = cases.open_case_of(connection, before)
    if known is None or cases.open_case_of(connection, here) is not None:
        return
    row = connection.execute(_CASE, {"case": known}).one()
    kept = {name: row._mapping[name] for name in _GOES_ALONG}
    update_row(connection, case, known, state=CaseState.CARRIED.value, closed_at=now())
    insert_row(connection, case, conversation_id=here, **kept)
    want(connection, here)
    if row.state == CaseState.CLAIMED.value:
        cases.change_owner(connection, before, Owner.BOT)
        cases.change_owner(connection, here, Owner.AGENT)


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
