"""Many deliveries at once: a handful of statements for all of them, where `inbox.accept` needs as many for each."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, tuple_

from bot.domain.conversation import ConversationKey
from bot.domain.message import EventKind, InboundEvent
from bot.storage.inbox import Accepted, accept_one, ensure_conversation, event_row, message_row
from bot.storage.lanes import INBOX
from bot.storage.statements import INSERT, insert_row, update_row
from bot.storage.tables import attachment, conversation, event, message

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
_MESSAGES = insert(message).returning(message.c.id, message.c.event_id)

Place = tuple[int, str]
"""A conversation, and the channel's id of a message in it."""


def accept_all(connection: Connection, items: Sequence[InboundEvent]) -> list[Accepted]:
    """Store events as `inbox.accept` does, exactly once each and in their order."""
    accepted: list[Accepted] = []
    for said, run in groupby(items, lambda item: item.kind in _SAID):
        if said:
            accepted += _accept_messages(connection, list(run))
        else:
            accepted += [accept_one(connection, item) for item in run]
    return accepted


def _accept_messages(connection: Connection, items: Sequence[InboundEvent]) -> list[Accepted]:
    if len(items) == 1:
        return [accept_one(connection, items[0])]
    new = _add_events(connection, items)
    fresh = [(item, new[place]) for place, item in enumerate(items) if place in new]
    accepted = iter(_add_messages(connection, fresh))
    return [next(accepted) if place in new else accept_one(connection, item) for place, item in enumerate(items)]


@cache
def _insert_events(dialect: str) -> Any:
    added = INSERT[dialect](event).on_conflict_do_nothing()
    return added.returning(event.c.id, event.c.channel, event.c.account, event.c.event_id)


def _add_events(connection: Connection, items: Sequence[InboundEvent]) -> dict[int, int]:
    """The ids of those that are new, by their place in `items`. In the order of their keys, so that two processes do not wait for each other."""
    rows = sorted(map(event_row, items), key=lambda row: (row["channel"], row["account"], row["event_id"]))
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
            update_row(connection, event, event_id, reason="same message again")
            continue
        positions[place] = position
        rows.append(message_row(item, place[0], event_id, position))
        files[event_id] = item.attachments
    for row in connection.execute(_MESSAGES, rows) if rows else ():
        for one in files[row.event_id]:
            insert_row(connection, attachment, message_id=row.id, **vars(one))
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
