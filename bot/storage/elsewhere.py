"""Units of work for persons who answer from a vendor's own inbox or app: the bot is silent until they give the word back, or an agent here takes it."""

from __future__ import annotations

import re

from sqlalchemy import Connection, bindparam, select, update

from bot.domain.conversation import Conversation, Owner
from bot.domain.handoff import CaseState, Handoff, HandoffReason
from bot.domain.message import InboundEvent
from bot.domain.reading import Urgency
from bot.domain.reply import Reply, ReplyKind
from bot.storage import cases, outbox
from bot.storage.log import write_log
from bot.storage.rows import lock_conversation, now
from bot.storage.statements import update_row
from bot.storage.tables import case, conversation, event, message, reply

OUR_OWN = "our own word"  # why an event that looked like a person's word had no effect
NOBODY_THERE = "nobody had taken over"
NOBODY_ANSWERED = "answers nobody who wrote to us"

_NO_LETTER = re.compile(r"[\W_]+")
_BEGINNING = 32  # letters by which words are known again: what follows may be links and choices, which channels write in their own way
_KNOWN = select(reply.c.id).where(
    reply.c.conversation_id == bindparam("conversation"), reply.c.vendor_id == bindparam("vendor")
)
_THERE = (
    (conversation.c.channel == bindparam("channel"))
    & (conversation.c.account == bindparam("account"))
    & (conversation.c.thread == bindparam("thread"))
)
_UNDER_WAY = reply.c.state.in_(("sending", "uncertain"))
_OURS_THERE = (
    select(reply.c.vendor_id, reply.c.text, reply.c.author)
    .join(conversation, reply.c.conversation_id == conversation.c.id)
    .where(_THERE, (reply.c.vendor_id == bindparam("vendor")) | _UNDER_WAY)
)
_AUTHOR_OF = (
    select(conversation.c.id)
    .join(message, message.c.conversation_id == conversation.c.id)
    .where(_THERE, message.c.vendor_id == bindparam("answers"))
    .limit(1)
)
_TOLD_BY = (
    select(conversation.c.id)
    .join(reply, reply.c.conversation_id == conversation.c.id)
    .where(_THERE, reply.c.vendor_id == bindparam("answers"))
    .limit(1)
)
_ON_ITS_WAY = select(reply.c.text, reply.c.author).where(
    reply.c.conversation_id == bindparam("conversation"), _UNDER_WAY
)


def take_over(connection: Connection, conversation_id: int, event_pk: int, item: InboundEvent) -> None:
    """A person speaks to the customer from elsewhere: their words join the transcript, and from this commit on no bot send starts.

    Where an agent here has the case it stays with them.
    """
    held = lock_conversation(connection, conversation_id)
    if _is_known(connection, conversation_id, item.message_id) or _is_on_its_way(
        connection, conversation_id, item.text
    ):
        update_row(connection, event, event_pk, reason=OUR_OWN)
        return
    if held.owner is Owner.BOT:
        _hold_elsewhere(connection, held, item)
        held = lock_conversation(connection, conversation_id)
    if item.text:
        said = Reply(ReplyKind.AGENT, item.text, language=held.language or "de")
        made = outbox.queue_reply(connection, conversation_id, held.epoch, said, sent=True)
        update_row(connection, reply, made, vendor_id=item.message_id)


def answered(connection: Connection, event_pk: int, item: InboundEvent) -> int | None:
    """A person answers in public, and the channel tells which message but not whose: they speak to its author, or to whom we gave that answer.

    Returns the conversation; None where the words are our own, or said to nobody of ours.
    """
    place = {"channel": item.key.channel, "account": item.key.account, "thread": item.key.thread}
    ours = connection.execute(_OURS_THERE, place | {"vendor": item.message_id}).all()
    if any(row.vendor_id == item.message_id or _begins_alike(item.text, row.author + row.text) for row in ours):
        update_row(connection, event, event_pk, reason=OUR_OWN)
        return None
    for statement in (_AUTHOR_OF, _TOLD_BY):
        found: int | None = connection.execute(statement, place | {"answers": item.answers}).scalar()
        if found is not None:
            take_over(connection, found, event_pk, item)
            return found
    update_row(connection, event, event_pk, reason=NOBODY_ANSWERED)
    return None


def give_back(connection: Connection, conversation_id: int, event_pk: int) -> None:
    """The person elsewhere is done: the bot has the word again. What an agent here has in hand stays with them."""
    lock_conversation(connection, conversation_id)
    held = cases.open_case_of(connection, conversation_id)
    row = cases.load_case(connection, held) if held is not None else None
    if row is None or row.state is not CaseState.CLAIMED or row.staff_id is not None:
        update_row(connection, event, event_pk, reason=NOBODY_THERE)
        return
    connection.execute(update(case).where(case.c.id == row.id).values(state=CaseState.RETURNED.value, closed_at=now()))
    cases.change_owner(connection, conversation_id, Owner.BOT)
    write_log(connection, "channel", "case.returned", f"case:{row.id}")


def _is_known(connection: Connection, conversation_id: int, vendor_id: str) -> bool:
    if not vendor_id:
        return False
    known = connection.execute(_KNOWN, {"conversation": conversation_id, "vendor": vendor_id})
    return known.first() is not None


def _is_on_its_way(connection: Connection, conversation_id: int, text: str) -> bool:
    """Whether these are words of ours that a vendor tells us of before it answers the request by which we sent them, and so before their id is known."""
    under_way = connection.execute(_ON_ITS_WAY, {"conversation": conversation_id}).all()
    return any(_begins_alike(text, row.author + row.text) for row in under_way)


def _begins_alike(said: str, ours: str) -> bool:
    own = _NO_LETTER.sub("", ours)[:_BEGINNING]
    return bool(own) and _NO_LETTER.sub("", said).startswith(own)


def _hold_elsewhere(connection: Connection, held: Conversation, item: InboundEvent) -> None:
    """A case in nobody's hands here, so that the desk shows who has the word, and any agent can take it."""
    handoff = Handoff(HandoffReason.ELSEWHERE, Urgency.NORMAL, {"elsewhere": held.key.channel})
    known = cases.open_case_of(connection, held.id)
    if known is None:
        known = cases.open_case(connection, held.id, handoff, held.facts.question or item.text)
    values = {"state": CaseState.CLAIMED.value, "staff_id": None, "claimed_at": now()}
    connection.execute(update(case).where(case.c.id == known).values(**values))
    cases.change_owner(connection, held.id, Owner.AGENT)
    write_log(connection, "channel", "case.elsewhere", f"case:{known}")
