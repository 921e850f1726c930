"""Conversations: every place in them is taken, their lanes are open where something waits, and bot and agents agree on who has the word."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Table, and_, exists, func, literal_column, or_, select, text
from sqlalchemy.sql.selectable import Subquery

from bot.domain.conversation import Owner
from bot.domain.handoff import CaseState
from bot.storage.ledger.rule import Book, Rule
from bot.storage.tables import OPEN_MESSAGES, OPEN_REPLIES, case, conversation, message, reply


def _places(table: Table) -> Subquery:
    """How many places of each conversation are taken in `table`, the first and the last of them."""
    place = table.c.position
    taken = (func.count().label("number"), func.min(place).label("first"), func.max(place).label("last"))
    grouped = select(table.c.conversation_id, *taken).group_by(table.c.conversation_id)
    return grouped.subquery(f"{table.name}_places")


def _in_lane(table: Table, open_states: str, state: str) -> ColumnElement[bool]:
    """Whether something of the conversation is in a state. Written out: SQLite uses a partial index only for what it can read in the statement."""
    here = table.c.conversation_id == conversation.c.id
    return exists().where(here, text(open_states), table.c.state == literal_column(f"'{state}'"))


def _lane_is_wrong(side: str, waits: ColumnElement[bool], busy: ColumnElement[bool]) -> ColumnElement[bool]:
    due, since = conversation.c[f"{side}_due"], conversation.c[f"{side}_set"]
    served = and_(waits, ~busy)
    return or_(and_(due.is_(None), served), and_(due.is_not(None), or_(since.is_(None), ~served)))


_SAID, _REPLIED = _places(message), _places(reply)
_COUNTED: ColumnElement[Any] = func.coalesce(_SAID.c.number, 0) + func.coalesce(_REPLIED.c.number, 0)
_CLAIMED = exists().where(case.c.conversation_id == conversation.c.id, case.c.state == CaseState.CLAIMED.value)

CONVERSATIONS = Book(
    "conversation",
    conversation.outerjoin(_SAID, _SAID.c.conversation_id == conversation.c.id).outerjoin(
        _REPLIED, _REPLIED.c.conversation_id == conversation.c.id
    ),
    row_id=conversation.c.id,
    conversation_id=conversation.c.id,
    rules=(
        Rule(
            "conversation.length",
            conversation.c.length != _COUNTED,
            "a conversation has more or fewer messages and replies than it has counted",
            "something in it is lost, or was added behind its back",
            "look which of the positions from 1 to conversation.length is missing",
        ),
        Rule(
            "conversation.outside",
            or_(
                _SAID.c.first < 1,
                _REPLIED.c.first < 1,
                _SAID.c.last > conversation.c.length,
                _REPLIED.c.last > conversation.c.length,
            ),
            "a message or reply stands before the beginning or behind the end of its conversation",
            "somebody may not see it, or not where it was said",
            "its position belongs between 1 and conversation.length",
        ),
        Rule(
            "conversation.inbox",
            _lane_is_wrong(
                "inbox", _in_lane(message, OPEN_MESSAGES, "queued"), _in_lane(message, OPEN_MESSAGES, "running")
            ),
            "messages wait and the conversation does not say so, or it says so and none may be taken",
            "the customer waits for ever, or everybody's messages are looked for where there are none",
            "set conversation.inbox_due and inbox_set to now where messages wait and none is being worked on, else to NULL",
        ),
        Rule(
            "conversation.outbox",
            _lane_is_wrong("outbox", _in_lane(reply, OPEN_REPLIES, "queued"), _in_lane(reply, OPEN_REPLIES, "sending")),
            "replies wait and the conversation does not say so, or it says so and none may be sent",
            "the customer waits for ever, or everybody's replies are looked for where there are none",
            "set conversation.outbox_due and outbox_set to now where replies wait and none is being sent, else to NULL",
        ),
        Rule(
            "conversation.owner",
            (conversation.c.owner == Owner.AGENT.value) != _CLAIMED,
            "an agent has the word and no case of the conversation, or the case and not the word",
            "either nobody answers, or the bot talks over a person",
            "let the agent close the case; where there is none, set conversation.owner to bot and raise its epoch by one",
        ),
    ),
)
