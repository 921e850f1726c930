"""Units of work for visitors of the web chat: a secret token opens one conversation."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select, text

from bot.domain.conversation import Conversation, ConversationKey, Owner
from bot.domain.handoff import CaseState
from bot.storage.inbox import ensure_conversation
from bot.storage.rows import load_conversation, now
from bot.storage.statements import insert_row
from bot.storage.tables import OPEN_CASES, case, staff, web_visitor

_OPENED_BY = select(web_visitor.c.conversation_id).where(web_visitor.c.token_hash == bindparam("token_hash"))
_OPEN_CASE = (
    select(case.c.state, staff.c.name)
    .select_from(case.outerjoin(staff, staff.c.id == case.c.staff_id))
    .where(case.c.conversation_id == bindparam("conversation_id"), text(OPEN_CASES))
)


@dataclass(frozen=True)
class ChatState:
    """What the customer is told about the conversation as a whole. `agent`: the name of the person who has it."""

    owner: Owner
    agent: str | None
    waiting: bool
    language: str | None


def begin(connection: Connection, key: ConversationKey, token_hash: str, language: str | None) -> int:
    """Open a conversation that only the holder of the token can enter; returns its id."""
    conversation_id = ensure_conversation(connection, key, language=language)
    insert_row(connection, web_visitor, conversation_id=conversation_id, token_hash=token_hash, created_at=now())
    return conversation_id


def conversation_of(connection: Connection, token_hash: str) -> Conversation | None:
    """The conversation this token opens, if it opens one."""
    conversation_id = connection.execute(_OPENED_BY, {"token_hash": token_hash}).scalar()
    return None if conversation_id is None else load_conversation(connection, conversation_id)


def chat_state(connection: Connection, conversation_id: int) -> ChatState:
    """Who has the word, and whether the customer waits for a person."""
    conversation = load_conversation(connection, conversation_id)
    row = connection.execute(_OPEN_CASE, {"conversation_id": conversation_id}).first()
    return ChatState(
        owner=conversation.owner,
        agent=row.name if row and row.state == CaseState.CLAIMED else None,
        waiting=row is not None and row.state == CaseState.WAITING,
        language=conversation.language,
    )
