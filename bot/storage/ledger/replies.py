"""Replies and their attempts: every send that began was announced, and what counts as sent went out once, in its order."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, FromClause, String, and_, case, cast, exists, func, literal, or_, select

from bot.domain.reply import ReplyState
from bot.storage.ledger.rule import Book, Rule
from bot.storage.tables import attempt, conversation, log, message, process, reply
from bot.storage.uncertain import Settling

OUTCOMES = (ReplyState.SENDING, ReplyState.SENT, ReplyState.FAILED, ReplyState.UNCERTAIN)  # of an attempt

_OPEN = reply.c.state.in_((ReplyState.QUEUED.value, ReplyState.SENDING.value))
_SENDING = reply.c.state == ReplyState.SENDING.value
_SENT = reply.c.state == ReplyState.SENT.value
_EARLIER = reply.alias("earlier")
_BEFORE = and_(_EARLIER.c.conversation_id == reply.c.conversation_id, _EARLIER.c.id < reply.c.id)
_ANSWERED = message.alias("answered")  # the message that a reply is to


def _one_if(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, 1), else_=0)


def _ended(outcome: ReplyState) -> ColumnElement[int]:
    return func.sum(_one_if(attempt.c.outcome == outcome.value))


_MADE = (
    select(
        attempt.c.reply_id,
        func.count().label("begun"),
        _ended(ReplyState.SENDING).label("open"),
        _ended(ReplyState.SENT).label("sent"),
        _ended(ReplyState.UNCERTAIN).label("uncertain"),
    )
    .group_by(attempt.c.reply_id)
    .subquery("made")
)


def _made(name: str) -> ColumnElement[Any]:
    return func.coalesce(_MADE.c[name], 0)


def _said(word: Settling, of: FromClause = reply) -> ColumnElement[bool]:
    """Whether an agent has settled a reply with this word, when nobody knew whether it had arrived."""
    return exists().where(log.c.object == literal("reply:", String) + cast(of.c.id, String), log.c.action == word.value)


_ATTEMPT_OPEN = attempt.c.outcome == ReplyState.SENDING.value
_WAITS_BEFORE = exists().where(
    _BEFORE, _EARLIER.c.state == ReplyState.QUEUED.value, ~_said(Settling.SEND_AGAIN, _EARLIER)
)

_ORDER = (
    Rule(
        "reply.no_conversation",
        conversation.c.id.is_(None),
        "a reply whose conversation is gone",
        "it can never be sent",
        "find the conversation in a copy of the database",
    ),
    Rule(
        "reply.no_message",
        and_(reply.c.message_id.is_not(None), _ANSWERED.c.id.is_(None)),
        "a reply is to a message that is gone",
        "a message is lost, though it was answered",
        "find the message in a copy of the database",
    ),
    Rule(
        "reply.foreign",
        _ANSWERED.c.conversation_id != reply.c.conversation_id,
        "a reply is to a message of another conversation",
        "somebody may have read what is not for them",
        "look at both conversations at once, and tell whoever is responsible for data protection",
    ),
    Rule(
        "reply.same_place",
        or_(
            exists().where(_BEFORE, _EARLIER.c.position == reply.c.position),
            exists().where(
                message.c.conversation_id == reply.c.conversation_id, message.c.position == reply.c.position
            ),
        ),
        "a reply stands at the place of another one, or of a message",
        "one of them is shown at the wrong place, or not at all",
        "the later one belongs to a position that nothing else has",
    ),
    Rule(
        "reply.two_sending",
        and_(_SENDING, exists().where(_BEFORE, _EARLIER.c.state == ReplyState.SENDING.value)),
        "two replies of a conversation are being sent at once",
        "they may arrive in the wrong order",
        "start the front line anew",
    ),
    Rule(
        "reply.overtakes",
        and_(_SENDING, _WAITS_BEFORE),
        "a reply is being sent while an earlier one of its conversation waits",
        "they arrive in the wrong order",
        "start the front line anew",
    ),
)
_STATE = (
    Rule(
        "reply.state",
        reply.c.state.not_in([state.value for state in ReplyState]),
        "a reply is in a state that does not exist",
        "nothing will ever be done with it: the customer may not have heard it",
        "look at its attempts, and ask the customer if in doubt",
    ),
    Rule(
        "reply.settled",
        or_(and_(_OPEN, reply.c.settled_at.is_not(None)), and_(~_OPEN, reply.c.settled_at.is_(None))),
        "a reply is done and there is no time of it, or there is one and it is not done",
        "its state was not written by a send: the customer may not have heard it",
        "look at its attempts, and ask the customer if in doubt",
    ),
    Rule(
        "reply.process",
        and_(reply.c.process_id.is_not(None), or_(~_SENDING, process.c.id.is_(None))),
        "a reply is in the hands of a process that is gone, or that has nothing to do with it",
        "it may be stuck: nobody would notice that its send broke off",
        "start the front line anew",
    ),
    Rule(
        "reply.attempts",
        or_(
            reply.c.attempts > _made("begun"),
            and_(reply.c.attempts < _made("begun"), ~_said(Settling.SEND_AGAIN)),  # which counts from 0 again
        ),
        "a reply counts more or fewer attempts than are written down",
        "a send is forgotten, or one is written down that never was",
        "compare it with what the channel shows, and ask the customer if in doubt",
    ),
    Rule(
        "reply.open_attempt",
        _made("open") != _one_if(_SENDING),
        "a reply is being sent without exactly one open attempt, or has one and is not being sent",
        "after a crash nobody would know that it may have arrived",
        "start the front line anew, which finds out what is open",
    ),
    Rule(
        "reply.sent_again",
        _made("sent") > _one_if(_SENT),
        "a reply went out twice, or went out and does not count as sent",
        "the customer has it twice, or will get it once more",
        "look at its conversation in the channel, and excuse yourself to the customer",
    ),
    Rule(
        "reply.unproven",
        or_(
            and_(_SENT, reply.c.attempts > 0, _made("sent") == 0, ~_said(Settling.ARRIVED)),
            # what the customer fetches from here is sent by being written
            and_(_SENT, reply.c.attempts == 0, reply.c.settled_at != reply.c.created_at),
            and_(reply.c.state == ReplyState.UNCERTAIN.value, _made("uncertain") == 0),
        ),
        "a reply counts as sent or uncertain, and neither an attempt nor an agent bears it out",
        "the customer may never have heard it",
        "compare it with what the channel shows, and write to the customer",
    ),
)

REPLIES = Book(
    "reply",
    reply.outerjoin(_MADE, _MADE.c.reply_id == reply.c.id)
    .outerjoin(_ANSWERED, _ANSWERED.c.id == reply.c.message_id)
    .outerjoin(conversation, conversation.c.id == reply.c.conversation_id)
    .outerjoin(process, process.c.id == reply.c.process_id),
    row_id=reply.c.id,
    conversation_id=reply.c.conversation_id,
    rules=(*_ORDER, *_STATE),
)

ATTEMPTS = Book(
    "attempt",
    attempt.outerjoin(reply, reply.c.id == attempt.c.reply_id),
    row_id=attempt.c.id,
    conversation_id=reply.c.conversation_id,
    rules=(
        Rule(
            "attempt.no_reply",
            reply.c.id.is_(None),
            "something was sent, and the reply is gone",
            "a customer has heard what nobody here can read any more",
            "find the reply in a copy of the database",
        ),
        Rule(
            "attempt.ended",
            or_(
                attempt.c.outcome.not_in([outcome.value for outcome in OUTCOMES]),
                and_(_ATTEMPT_OPEN, attempt.c.ended_at.is_not(None)),
                and_(~_ATTEMPT_OPEN, attempt.c.ended_at.is_(None)),
            ),
            "an attempt has an outcome and no end, an end and no outcome, or an outcome that does not exist",
            "nobody knows how this send ended",
            "treat its reply as one of which nobody knows whether it arrived",
        ),
    ),
)
