"""Units of work for what a channel tells besides messages: edits, deletions, receipts, blocks, solutions, and persons who take over elsewhere."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, bindparam, select

from bot.domain.message import EventKind, InboundEvent
from bot.storage import names
from bot.storage.cases import add_evidence, open_case_of
from bot.storage.conversations import conversation_at, conversations_in, ensure_conversation, note_outcome
from bot.storage.elsewhere import answered, give_back, take_over
from bot.storage.receipts import UNKNOWN_REPLY, note_receipt
from bot.storage.revisions import CHANGES_NOTHING, conversation_of, revise
from bot.storage.statements import update_row
from bot.storage.tables import conversation, event, reply

_GIVEN = select(reply.c.message_id, reply.c.answer_slug).where(
    reply.c.conversation_id == bindparam("conversation"),
    reply.c.vendor_id == bindparam("vendor"),
    reply.c.message_id.is_not(None),
    reply.c.answer_slug.is_not(None),
)
NO_CUSTOMER = "said where no customer is"  # why a person's word had no effect


def take_in(connection: Connection, event_pk: int | None, item: InboundEvent) -> int | None:
    """Let a signal have its effect, unless its event is known (`event_pk` is None). Returns the conversation, None where there is none."""
    return _BY_KIND[item.kind](connection, event_pk, item)


def _receipt(connection: Connection, event_pk: int | None, item: InboundEvent) -> int | None:
    """What is told of our replies makes no conversation where there is none."""
    found = conversation_at(connection, item.key)
    if event_pk is not None:
        if found is None:
            update_row(connection, event, event_pk, reason=UNKNOWN_REPLY)
        else:
            note_receipt(connection, found, event_pk, item)
    return found


def _change(connection: Connection, event_pk: int | None, item: InboundEvent) -> int | None:
    """Nor does a change of what was not said to us."""
    found = conversation_of(connection, item)
    if event_pk is not None:
        if found is None:
            update_row(connection, event, event_pk, reason=CHANGES_NOTHING)
        else:
            revise(connection, found, event_pk, item)
    return found


def _blocked(connection: Connection, event_pk: int | None, item: InboundEvent) -> int:
    found = _ensured(connection, item)
    if event_pk is not None:
        update_row(connection, conversation, found, blocked=True)
    return found


def _taken_over(connection: Connection, event_pk: int | None, item: InboundEvent) -> int | None:
    """A person speaks to a customer or, where the key names nobody, to whoever wrote what they answer, or else to all in a thread."""
    if item.answers and not item.key.chat:
        return answered(connection, event_pk, item) if event_pk is not None else None
    there = [_ensured(connection, item)] if item.key.chat else conversations_in(connection, item.key)
    if event_pk is not None:
        for found in there:
            take_over(connection, found, event_pk, item)
        if not there:
            update_row(connection, event, event_pk, reason=NO_CUSTOMER)
    return there[0] if there else None


def _given_back(connection: Connection, event_pk: int | None, item: InboundEvent) -> int:
    found = _ensured(connection, item)
    if event_pk is not None:
        give_back(connection, found, event_pk)
    return found


def _solved(connection: Connection, event_pk: int | None, item: InboundEvent) -> int | None:
    """In the thread an answer was accepted: ours has helped, and agents see that their case there may be settled."""
    there = conversations_in(connection, item.key)
    if event_pk is not None:
        for found in there:
            _note_solved(connection, found, item.message_id)
        if not there:
            update_row(connection, event, event_pk, reason=NO_CUSTOMER)
    return there[0] if there else None


def _note_solved(connection: Connection, conversation_id: int, vendor_id: str) -> None:
    given = connection.execute(_GIVEN, {"conversation": conversation_id, "vendor": vendor_id}).first()
    if given is not None:
        place = (conversation_id, given.message_id, given.answer_slug)
        note_outcome(connection, *place, kind="helped", question_id=given.message_id)
    case_id = open_case_of(connection, conversation_id)
    if case_id is not None:
        add_evidence(connection, case_id, {"solved": "ours" if vendor_id else "another"})


def _ensured(connection: Connection, item: InboundEvent) -> int:
    found = ensure_conversation(connection, item.key, name=item.customer_name, language=item.language)
    names.remember(connection, found, item)
    return found


_BY_KIND: dict[EventKind, Callable[[Connection, int | None, InboundEvent], int | None]] = {
    EventKind.EDIT: _change,
    EventKind.DELETE: _change,
    EventKind.DELIVERED: _receipt,
    EventKind.READ: _receipt,
    EventKind.FAILED: _receipt,
    EventKind.BLOCKED: _blocked,
    EventKind.TAKEN_OVER: _taken_over,
    EventKind.GIVEN_BACK: _given_back,
    EventKind.SOLVED: _solved,
}
