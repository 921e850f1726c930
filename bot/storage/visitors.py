"""Units of work for visitors of the web chat: a secret token opens one conversation."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from bot.domain.conversation import Conversation, ConversationKey, Owner
from bot.domain.handoff import CaseState
from bot.storage.cases import load_case, open_case_of
from bot.storage.inbox import ensure_conversation
from bot.storage.rows import load_conversation, now
from bot.storage.tables import message, web_visitor


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
    connection.execute(
        insert(web_visitor).values(conversation_id=conversation_id, token_hash=token_hash, created_at=now())
    )
    return conversation_id


def conversation_of(connection: Connection, token_hash: str) -> Conversation | None:
    """The conversation this token opens, if it opens one."""
    query = select(web_visitor.c.conversation_id).where(web_visitor.c.token_hash == token_hash)
    conversation_id = connection.execute(query).scalar()
    return None if conversation_id is None else load_conversation(connection, conversation_id)


def position_of(connection: Connection, conversation_id: int, client_id: str) -> int:
    """The place of the customer's message with this id."""
    where = (message.c.conversation_id == conversation_id, message.c.vendor_id == client_id)
    return int(connection.execute(select(message.c.position).where(*where)).scalar_one())


def chat_state(connection: Connection, conversation_id: int) -> ChatState:
    """Who has the word, and whether the customer waits for a person."""
    conversation = load_conversation(connection, conversation_id)
    case_id = open_case_of(connection, conversation_id)
    row = None if case_id is None else load_case(connection, case_id)
    return ChatState(
        owner=conversation.owner,
        agent=row.staff_name if row and row.state is CaseState.CLAIMED else None,
        waiting=row is not None and row.state is CaseState.WAITING,
        language=conversation.language,
    )
