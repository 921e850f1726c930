"""Units of work for what comes in: every event once, in order.

Messages that come in together take a handful of statements for all of them, where one by one each would need as many.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, tuple_

from bot.domain.conversation import ConversationKey
from bot.domain.message import Attachment, EventKind, InboundEvent, MessageState
from bot.storage import names
from bot.storage.attachments import keep_files
from bot.storage.conversations import conversation_at, ensure_conversation
from bot.storage.fetching import want_of_message
from bot.storage.lanes import INBOX
from bot.storage.progress import save_progress
from bot.storage.revisions import message_at
from bot.storage.rows import now
from bot.storage.signals import take_in
from bot.storage.statements import INSERT, insert_once, insert_row, update_row
from bot.storage.tables import conversation, event, message

_SAID = (EventKind.MESSAGE, EventKind.BUTTON)
_CONVERSATIONS = (
    select(conversation.c.id, conversation.c.chat)
    .where(
        conversation.c.channel == bindparam("channel"),
        conversation.c.account == bindparam("account"),
        conversation.c.thread == bindparam("thread"),
        conversation.c.chat.in_(bindparam("chats", expanding=True)),
    )
    .order_by(conversation.c.id)
    .with_for_update()
)
_KNOWN = select(message.c.conversation_id, message.c.vendor_id, message.c.position).where(
    tuple_(message.c.conversation_id, message.c.vendor_id).in_(bindparam("places", expanding=True))
)
_MESSAGES = insert(message).returning(
    message.c.id, message.c.event_id, sort_by_parameter_order=True
)  # a lane goes by id

SAME_AGAIN = "same message again"  # why an event that is a message became none
NOT_TO_US = "not said to us"  # likewise

Place = tuple[int, str]
"""A conversation, and the channel's id of a message in it."""


@dataclass(frozen=True)
class Accepted:
    """What accepting an event came to: its conversation, whether it was `new` (else a duplicate), and the message's position.

    `position` is None for events that are no message, `conversation_id` for those that are kept and ignored.
    """

    conversation_id: int | None
    new: bool
    position: int | None = None


def accept(
    connection: Connection, events: Sequence[InboundEvent], progress: dict[str, Any] | None = None
) -> list[Accepted]:
    """Store events exactly once each, in their order, and a poller's progress with them."""
    accepted: list[Accepted] = []
    for together, run in groupby(events, _goes_together):
        if together:
            accepted += _accept_messages(connection, list(run))
        else:
            accepted += [_accept_one(connection, _meant(connection, item)) for item in run]
    if progress is not None and events:
        save_progress(connection, events[0].key.channel, events[0].key.account, progress)
    return accepted


def _goes_together(item: InboundEvent) -> bool:
    """Whether this is a message like most, of which many are stored as one is."""
    return item.kind in _SAID and not item.names and not item.overheard


def _meant(connection: Connection, item: InboundEvent) -> InboundEvent:
    """What is overheard is meant for us if its author speaks with us there; of others nothing is kept."""
    if item.overheard and conversation_at(connection, item.key) is None:
        return replace(item, kind=EventKind.IGNORED, reason=NOT_TO_US)
    return item


def _accept_one(connection: Connection, item: InboundEvent) -> Accepted:
    """Store an event, exactly once."""
    event_pk = insert_once(connection, event, **_event_row(item))
    if item.formerly and event_pk is not None:
        names.follow(connection, item)
    item = names.placed(connection, item)
    if item.kind is EventKind.IGNORED:
        return Accepted(None, event_pk is not None)
    if item.kind not in _SAID:
        return Accepted(take_in(connection, event_pk, item), event_pk is not None)
    conversation_id = ensure_conversation(connection, item.key, name=item.customer_name, language=item.language)
    names.remember(connection, conversation_id, item)
    position = _add_message(connection, conversation_id, event_pk, item)
    return Accepted(conversation_id, event_pk is not None, position)


def _add_message(connection: Connection, conversation_id: int, event_pk: int | None, item: InboundEvent) -> int | None:
    known = message_at(connection, conversation_id, item.message_id)
    if known is not None:
        if event_pk is not None:  # the vendor delivered one message in two events
            update_row(connection, event, event_pk, reason=SAME_AGAIN)
        return int(known.position)
    if event_pk is None:  # the event was there, as something that is no message
        return None
    position = INBOX.enter(connection, conversation_id)
    message_id = insert_row(connection, message, **_message_row(item, conversation_id, event_pk, position))
    _keep(connection, message_id, item.attachments)
    return position


def _keep(connection: Connection, message_id: int, files: Sequence[Attachment]) -> None:
    keep_files(connection, message_id, files)
    if any(one.source for one in files):
        want_of_message(connection, message_id)


def _accept_messages(connection: Connection, items: Sequence[InboundEvent]) -> list[Accepted]:
    if len(items) == 1:
        return [_accept_one(connection, items[0])]
    new = _add_events(connection, items)
    fresh = [(item, new[place]) for place, item in enumerate(items) if place in new]
    accepted = iter(_add_messages(connection, fresh))
    return [next(accepted) if place in new else _accept_one(connection, item) for place, item in enumerate(items)]


@cache
def _insert_events(dialect: str) -> Any:
    added = INSERT[dialect](event).on_conflict_do_nothing()
    return added.returning(event.c.id, event.c.channel, event.c.account, event.c.event_id)


def _add_events(connection: Connection, items: Sequence[InboundEvent]) -> dict[int, int]:
    """The ids of those that are new, by their place in `items`. In the order of their keys, so that two processes do not wait for each other."""
    rows = sorted(map(_event_row, items), key=lambda row: (row["channel"], row["account"], row["event_id"]))
    added = connection.execute(_insert_events(connection.dialect.name), rows)
    ids = {(row.channel, row.account, row.event_id): row.id for row in added}
    places = {}
    for place, item in enumerate(items):  # of what came twice at once the first is the new one
        found = ids.pop((item.key.channel, item.key.account, item.event_id), None)
        if found is not None:
            places[place] = found
    return places


def _add_messages(connection: Connection, items: Sequence[tuple[InboundEvent, int]]) -> list[Accepted]:
    """Messages of new events, each given with its event's id."""
    conversations = _conversations(connection, [item for item, _ in items])
    places: list[Place] = [(conversations[item.key], item.message_id) for item, _ in items]
    positions = _known(connection, places)
    rows, files = [], {}
    for (item, event_id), place, position in zip(items, places, _positions(connection, places, positions), strict=True):
        if position is None:  # the vendor delivered one message in two events
            update_row(connection, event, event_id, reason=SAME_AGAIN)
            continue
        positions[place] = position
        rows.append(_message_row(item, place[0], event_id, position))
        files[event_id] = item.attachments
    for row in connection.execute(_MESSAGES, rows) if rows else ():
        _keep(connection, row.id, files[row.event_id])
    return [Accepted(place[0], True, positions[place]) for place in places]


def _conversations(connection: Connection, items: Sequence[InboundEvent]) -> dict[ConversationKey, int]:
    """The conversations of these messages, this transaction's now; those that are new are made."""
    found: dict[ConversationKey, int] = {}
    for channel, account, thread in sorted({(one.key.channel, one.key.account, one.key.thread) for one in items}):
        here = {"channel": channel, "account": account, "thread": thread}
        chats = {
            one.key.chat for one in items if (one.key.channel, one.key.account, one.key.thread) == tuple(here.values())
        }
        for row in connection.execute(_CONVERSATIONS, {**here, "chats": sorted(chats)}):
            found[ConversationKey(channel, account, row.chat, thread)] = row.id
    for one in items:
        if one.key not in found:
            found[one.key] = ensure_conversation(connection, one.key, name=one.customer_name, language=one.language)
    return found


def _known(connection: Connection, places: Sequence[Place]) -> dict[Place, int]:
    """The positions of messages that are there already."""
    rows = connection.execute(_KNOWN, {"places": places})
    return {(row.conversation_id, row.vendor_id): row.position for row in rows}


def _positions(connection: Connection, places: Sequence[Place], known: dict[Place, int]) -> list[int | None]:
    """A position for each new message, in order; None for what is known or comes a second time."""
    found: list[int | None] = [None] * len(places)
    first = {place: number for number, place in reversed(list(enumerate(places))) if place not in known}
    waiting = sorted(first.values())
    while waiting:  # one of each conversation a round
        round_ = {places[number][0]: number for number in reversed(waiting)}
        for conversation_id, position in INBOX.enter_all(connection, sorted(round_)).items():
            found[round_[conversation_id]] = position
        waiting = [number for number in waiting if found[number] is None]
    return found


def _event_row(item: InboundEvent) -> dict[str, Any]:
    """An event as it is kept."""
    return {
        "channel": item.key.channel,
        "account": item.key.account,
        "event_id": item.event_id,
        "kind": item.kind.value,
        "reason": item.reason,
        "raw": item.raw,
        "received_at": now(),
    }


def _message_row(item: InboundEvent, conversation_id: int, event_pk: int, position: int) -> dict[str, Any]:
    """A message as it comes to wait."""
    at = now()
    return {
        "conversation_id": conversation_id,
        "event_id": event_pk,
        "position": position,
        "vendor_id": item.message_id,
        "kind": item.kind.value,
        "text": item.text,
        "button": vars(item.button) if item.button else None,
        "details": item.details or None,
        "files": len(item.attachments),
        "state": MessageState.QUEUED.value,
        "state_reason": "",
        "attempts": 0,
        "revision": 0,
        "brain": "",
        "due_at": at,
        "received_at": at,
    }
