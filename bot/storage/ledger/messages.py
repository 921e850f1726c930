"""Messages: each was delivered once, is in one state, and came there as a turn leads there, in its order."""

from __future__ import annotations

from sqlalchemy import and_, exists, func, or_, select

from bot.domain.message import EventKind, MessageState
from bot.storage.ledger.deliveries import IS_MESSAGE
from bot.storage.ledger.rule import Book, Rule
from bot.storage.tables import (
    attachment,
    attachment_content,
    case,
    conversation,
    event,
    message,
    message_revision,
    process,
    reply,
)

_WITH_PEOPLE = (MessageState.WITH_AGENT.value, MessageState.CLOSED.value, MessageState.GIVEN_UP.value)
_SET_ASIDE = (MessageState.CLOSED.value, MessageState.IGNORED.value, MessageState.GIVEN_UP.value)
_TAKEN = (MessageState.RUNNING.value, MessageState.ANSWERED.value, *_WITH_PEOPLE)

_OPEN = message.c.state.in_((MessageState.QUEUED.value, MessageState.RUNNING.value))
_RUNNING = message.c.state == MessageState.RUNNING.value
_EARLIER = message.alias("earlier")
_BEFORE = and_(_EARLIER.c.conversation_id == message.c.conversation_id, _EARLIER.c.id < message.c.id)
_WAITS_BEFORE = exists().where(
    _BEFORE,
    _EARLIER.c.state == MessageState.QUEUED.value,
    _EARLIER.c.revision == 0,  # one that was edited after it was answered waits again, behind those that came later
)
_REVISIONS = (
    select(func.count())
    .select_from(message_revision)
    .where(message_revision.c.message_id == message.c.id)
    .scalar_subquery()
)
_FILES = select(func.count()).select_from(attachment).where(attachment.c.message_id == message.c.id).scalar_subquery()
_KEPT = exists().where(attachment_content.c.attachment_id == attachment.c.id)
_SETTLED = or_(_KEPT, attachment.c.missing.is_not(None), attachment.c.source.is_(None))
_OPEN_FILE = or_(attachment.c.fetch_due.is_not(None), and_(_KEPT, attachment.c.source.is_not(None)))
_OF_TWO_MINDS = exists().where(attachment.c.message_id == message.c.id, _SETTLED, _OPEN_FILE)
_DELETED = exists().where(
    message_revision.c.message_id == message.c.id, message_revision.c.kind == EventKind.DELETE.value
)

_ORIGIN = (
    Rule(
        "message.no_delivery",
        event.c.id.is_(None),
        "a message that was never delivered",
        "nobody can say where its words came from",
        "do not act on it, and look for who or what has written to the database",
    ),
    Rule(
        "message.foreign",
        or_(
            ~IS_MESSAGE,
            event.c.kind != message.c.kind,
            event.c.channel != conversation.c.channel,
            event.c.account != conversation.c.account,
        ),
        "a message whose delivery was none, was a repeat, or came to another account",
        "somebody may be answered in a conversation that is not theirs",
        "compare it with event.raw, and look for who or what has written to the database",
    ),
    Rule(
        "message.twice",
        exists().where(_EARLIER.c.event_id == message.c.event_id, _EARLIER.c.id < message.c.id),
        "a message that was delivered once is there twice",
        "the customer may be answered twice",
        "compare the two with event.raw",
    ),
    Rule(
        "message.no_conversation",
        conversation.c.id.is_(None),
        "a message whose conversation is gone",
        "nobody can answer it",
        "find the conversation in a copy of the database",
    ),
    Rule(
        "message.revisions",
        message.c.revision != _REVISIONS,
        "a message counts more or fewer edits than are kept",
        "an edit is lost, or words are shown that the customer never wrote",
        "the deliveries of its edits still have them in event.raw",
    ),
    Rule(
        "message.files",
        message.c.files != _FILES,
        "a message counts more or fewer files than are kept",
        "somebody sent a file that nobody sees",
        "its delivery still names the files in event.raw",
    ),
    Rule(
        "message.file_state",
        _OF_TWO_MINDS,
        "a file of a message is here and still to be fetched, or is wanted and cannot be asked for",
        "an agent may wait for a file for ever",
        "set attachment.source and fetch_due to NULL where attachment_content has it, fetch_due alone where there is no source",
    ),
)
_ORDER = (
    Rule(
        "message.same_place",
        exists().where(_BEFORE, _EARLIER.c.position == message.c.position),
        "two messages stand at the same place of a conversation",
        "one of them is shown at the wrong place, or not at all",
        "the later one belongs to a position that nothing else has",
    ),
    Rule(
        "message.two_running",
        and_(_RUNNING, exists().where(_BEFORE, _EARLIER.c.state == MessageState.RUNNING.value)),
        "two messages of a conversation are being worked on at once",
        "answers may come in the wrong order",
        "start the front line anew; the index uq_message_running_lane is missing and belongs there",
    ),
    Rule(
        "message.overtakes",
        and_(_RUNNING, _WAITS_BEFORE),
        "a message is being worked on while an earlier one of its conversation waits",
        "answers come in the wrong order",
        "start the front line anew",
    ),
)
_STATE = (
    Rule(
        "message.state",
        message.c.state.not_in([state.value for state in MessageState]),
        "a message is in a state that does not exist",
        "nothing will ever be done with it",
        "set it to queued while the front line is stopped, and it is answered at the next start",
    ),
    Rule(
        "message.settled",
        or_(and_(_OPEN, message.c.settled_at.is_not(None)), and_(~_OPEN, message.c.settled_at.is_(None))),
        "a message is done and there is no time of it, or there is one and it is not done",
        "its state was not written by a turn: it may never have been answered",
        "look at its conversation, and write to the customer if they still wait",
    ),
    Rule(
        "message.process",
        and_(message.c.process_id.is_not(None), or_(~_RUNNING, process.c.id.is_(None))),
        "a message is in the hands of a process that is gone, or that has nothing to do with it",
        "it may be stuck: nobody would notice that its turn broke off",
        "start the front line anew",
    ),
    Rule(
        "message.never_taken",
        and_(message.c.state.in_(_TAKEN), message.c.attempts == 0),
        "a message has left the queue and was never taken",
        "nobody has read it",
        "look at its conversation, and write to the customer if they still wait",
    ),
    Rule(
        "message.unanswered",
        and_(message.c.state == MessageState.ANSWERED.value, ~exists().where(reply.c.message_id == message.c.id)),
        "a message counts as answered, and nothing was said to it",
        "the customer heard nothing",
        "look at its conversation, and write to the customer",
    ),
    Rule(
        "message.no_case",
        and_(message.c.state.in_(_WITH_PEOPLE), ~exists().where(case.c.conversation_id == message.c.conversation_id)),
        "a message counts as being with a person, and its conversation never had a case",
        "no agent has ever seen it",
        "look at its conversation, and write to the customer",
    ),
    Rule(
        "message.no_reason",
        and_(message.c.state.in_(_SET_ASIDE), message.c.state_reason == ""),
        "a message was set aside, and nothing says why",
        "nobody can tell the customer why it was not answered",
        "look at its conversation, and write to the customer if they still wait",
    ),
    Rule(
        "message.not_deleted",
        and_(message.c.state == MessageState.IGNORED.value, ~_DELETED),
        "a message is ignored, though its customer never deleted it",
        "the customer waits for an answer that will not come",
        "look at its conversation, and write to the customer",
    ),
)

MESSAGES = Book(
    "message",
    message.outerjoin(event, event.c.id == message.c.event_id)
    .outerjoin(conversation, conversation.c.id == message.c.conversation_id)
    .outerjoin(process, process.c.id == message.c.process_id),
    row_id=message.c.id,
    conversation_id=message.c.conversation_id,
    rules=(*_ORIGIN, *_ORDER, *_STATE),
)
