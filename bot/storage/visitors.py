"""Units of work for visitors of the web chat: a secret token opens one conversation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, bindparam, select, text

from bot.domain.conversation import Conversation, ConversationKey, Owner
from bot.domain.handoff import CaseState
from bot.errors import StorageConflict
from bot.storage.conversations import ensure_conversation
from bot.storage.rows import load_conversation, now
from bot.storage.statements import insert_row
from bot.storage.tables import OPEN_CASES, case, conversation, staff, web_visitor

_OPENED_BY = select(web_visitor.c.conversation_id).where(web_visitor.c.token_hash == bindparam("token_hash"))
_WITH_OPEN_CASE = conversation.outerjoin(
    case, and_(case.c.conversation_id == conversation.c.id, text(OPEN_CASES))
).outerjoin(staff, staff.c.id == case.c.staff_id)
_STANDS = (
    select(
        conversation.c.id,
        conversation.c.owner,
        conversation.c.language,
        conversation.c.length,
        case.c.state,
        staff.c.name,
    )
    .select_from(_WITH_OPEN_CASE)
    .where(conversation.c.id.in_(bindparam("conversation_ids", expanding=True)))
)


@dataclass(frozen=True)
class ChatState:
    """What the customer is told about the conversation as a whole. `agent`: the name of the person who has it."""

    owner: Owner
    agent: str | None
    waiting: bool
    language: str | None


@dataclass(frozen=True)
class Stand:
    """Where a conversation stands: its state, and how many messages and replies it has."""

    state: ChatState
    length: int


def begin(connection: Connection, key: ConversationKey, token_hash: str, language: str | None) -> int:
    """Open a conversation that only the holder of the token can enter; returns its id."""
    conversation_id = ensure_conversation(connection, key, language=language)
    insert_row(connection, web_visitor, conversation_id=conversation_id, token_hash=token_hash, created_at=now())
    return conversation_id


def conversation_of(connection: Connection, token_hash: str) -> Conversation | None:
    """The conversation this token opens, if it opens one."""
    conversation_id = connection.execute(_OPENED_BY, {"token_hash": token_hash}).scalar()
    return None if conversation_id is None else load_conversation(connection, conversation_id)


def stands(connection: Connection, conversation_ids: Sequence[int]) -> dict[int, Stand]:
    """Where each of these conversations stands, those that do not exist left out: one look at many."""
    rows = connection.execute(_STANDS, {"conversation_ids": conversation_ids})
    return {
        row.id: Stand(
            ChatState(
                owner=Owner(row.owner),
                agent=row.name if row.state == CaseState.CLAIMED else None,
                waiting=row.state == CaseState.WAITING,
                language=row.language,
            ),
            row.length,
        )
        for row in rows
    }


def chat_state(connection: Connection, conversation_id: int) -> ChatState:
    """Who has the word, and whether the customer waits for a person; StorageConflict where there is no such conversation."""
    found = stands(connection, [conversation_id])
    if not found:
        raise StorageConflict("there is no such conversation")
    return found[conversation_id].state
