"""What channels delivered, against the messages that are kept: nothing lost."""

from __future__ import annotations

from sqlalchemy import and_, exists, func, select, union_all

from bot.domain.message import EventKind
from bot.storage.intake import SAME_AGAIN
from bot.storage.ledger.rule import Book, Rule
from bot.storage.revisions import CHANGES_NOTHING
from bot.storage.tables import conversation, event, message, message_revision

IS_MESSAGE = and_(event.c.kind.in_((EventKind.MESSAGE.value, EventKind.BUTTON.value)), event.c.reason != SAME_AGAIN)
_IS_CHANGE = and_(event.c.kind.in_((EventKind.EDIT.value, EventKind.DELETE.value)), event.c.reason != CHANGES_NOTHING)

_IN_AND_OUT = union_all(
    select(event.c.channel, event.c.account, func.count().label("number"))
    .where(IS_MESSAGE)
    .group_by(event.c.channel, event.c.account),
    select(conversation.c.channel, conversation.c.account, -func.count())
    .select_from(message.join(conversation, conversation.c.id == message.c.conversation_id))
    .group_by(conversation.c.channel, conversation.c.account),
).subquery("in_and_out")
_SUMS = (
    select(_IN_AND_OUT.c.channel, _IN_AND_OUT.c.account, func.sum(_IN_AND_OUT.c.number).label("difference"))
    .group_by(_IN_AND_OUT.c.channel, _IN_AND_OUT.c.account)
    .subquery("sums")
)

ACCOUNTS = Book(
    "account",
    _SUMS,
    channel=_SUMS.c.channel,
    account=_SUMS.c.account,
    rules=(
        Rule(
            "account.sum",
            _SUMS.c.difference != 0,
            "the messages in all states together are more or fewer than were received",
            "messages were lost, doubled or moved to another account",
            "what follows names them",
        ),
    ),
)

DELIVERIES = Book(
    "event",
    event.outerjoin(message_revision, message_revision.c.event_id == event.c.id),
    row_id=event.c.id,
    channel=event.c.channel,
    account=event.c.account,
    rules=(
        Rule(
            "delivery.no_message",
            and_(IS_MESSAGE, ~exists().where(message.c.event_id == event.c.id)),
            "a message was delivered, and there is none",
            "what a customer wrote is lost, though the channel was told that we have it",
            "event.raw still has what was delivered: read it, and write to the customer",
        ),
        Rule(
            "delivery.no_revision",
            and_(_IS_CHANGE, message_revision.c.id.is_(None)),
            "an edit or a deletion was delivered, and is not kept with its message",
            "words may be answered that the customer has taken back",
            "event.raw still has what was delivered: compare it with the message",
        ),
    ),
)
