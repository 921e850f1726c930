"""Translates what /sync brings into events of ours. Pure, and never raises: what cannot be read is kept as ignored.

Kinds and fields: https://spec.matrix.org/latest/client-server-api/
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.channels.cleaning import clean
from bot.channels.fields import Json, Malformed, integer, label, mapping, mappings, storable, string
from bot.channels.matrix.addressing import Me, Room, is_addressed, without_name
from bot.channels.matrix.content import MAX_ID, attachments, replaced, said, thread_of
from bot.domain.conversation import ConversationKey
from bot.domain.message import Button, EventKind, InboundEvent

CHANNEL = "matrix"
MARK = "frontline.reply"  # in the content of all that we send, so that a person's words from our account can be told from ours
UNREADABLE = "encrypted for others than us"


def parse_event(event: Json, room: Room, me: Me) -> InboundEvent | None:
    """The event that something storable in a room's timeline is; None for our own, which is told like everybody's."""
    delivery = _Delivery(event, room, me)
    kind = string(event, "type")
    try:
        if string(event, "sender") == me.account:
            return _read_own(delivery, event)
        reader = _READERS.get(kind)
        if reader is None:
            return delivery.ignored(f"unknown kind: {clean(kind, 64) or 'nothing'}")
        return reader(delivery, event)
    except Malformed:
        return InboundEvent(delivery.key(), _digest(event), EventKind.IGNORED, reason="malformed")


def parse_receipts(event: Json, room: Room, me: Me) -> Iterator[InboundEvent]:
    """How far the customer has read: everything sent until then. In a room of several nobody knows whose reading counts."""
    if room.is_group:
        return
    for read_event, receipts in mapping(event, "content").items():
        readers = mapping(receipts, "m.read") if isinstance(receipts, dict) else {}
        for reader, receipt in readers.items():
            if reader != me.account and isinstance(receipt, dict):
                thread = label(receipt, "thread_id", MAX_ID + 1)
                in_thread = thread if thread.startswith("$") and len(thread) <= MAX_ID else ""
                key = ConversationKey(CHANNEL, me.account, room.id, in_thread)
                event_id = _digest({"read": read_event, "by": reader, "in": thread})
                yield InboundEvent(key, event_id, EventKind.READ, sent_at=_instant(receipt, "ts"), raw=receipt)


def parse_left(events: list[Json], room: Room, me: Me) -> Iterator[InboundEvent]:
    """We were taken out of a room."""
    for event in events:
        membership = string(mapping(event, "content"), "membership")
        us = event.get("type") == "m.room.member" and event.get("state_key") == me.account
        if us and membership in ("leave", "ban") and event.get("sender") != me.account:
            with contextlib.suppress(Malformed):
                yield _Delivery(event, room, me).event(EventKind.BLOCKED, reason=membership, message_id="")


@dataclass(frozen=True)
class _Delivery:
    """One event on its way through: how it came, where, and who we are."""

    raw: Json
    room: Room
    me: Me

    def key(self, thread: str = "") -> ConversationKey:
        return ConversationKey(CHANNEL, self.me.account, self.room.id, thread)

    def event(self, kind: EventKind, thread: str = "", **rest: Any) -> InboundEvent:
        event_id, sender = label(self.raw, "event_id", 256), string(self.raw, "sender")
        if not event_id or not sender:
            raise Malformed("event_id")
        made: dict[str, Any] = {"key": self.key(thread), "event_id": event_id, "kind": kind, "message_id": event_id}
        name = clean(self.room.names.get(sender, "") or sender.partition(":")[0].removeprefix("@"), 256)
        made |= {"customer_name": name, "sent_at": _instant(self.raw, "origin_server_ts"), "raw": self.raw}
        return InboundEvent(**{**made, **rest})

    def ignored(self, reason: str) -> InboundEvent:
        return self.event(EventKind.IGNORED, reason=reason, message_id="", raw=self.without_content())

    def without_content(self) -> Json:
        """What is kept of words that were not said to us: when and where, not what or who."""
        return {name: self.raw[name] for name in ("type", "event_id", "origin_server_ts") if name in self.raw}


def _read_own(delivery: _Delivery, event: Json) -> InboundEvent | None:
    """What we did not send, somebody wrote who is signed in with our account: a person."""
    content = mapping(event, "content")
    if event.get("type") != "m.room.message" or MARK in content or not content or replaced(content):
        return None
    return delivery.event(EventKind.TAKEN_OVER, thread_of(content), text=said(content), customer_name="")


def _read_message(delivery: _Delivery, event: Json) -> InboundEvent:
    content, room, me = mapping(event, "content"), delivery.room, delivery.me
    kind = string(content, "msgtype")
    if refusal := _refusal(event, kind):
        return delivery.ignored(refusal)
    if edited := replaced(content):
        return _read_edit(delivery, edited, mapping(content, "m.new_content"))
    if room.is_group and not is_addressed(content, me):
        return delivery.ignored("not addressed to us")
    text, attached = said(content), attachments(string(event, "type"), content)
    text = without_name(text, me) if room.is_group else text
    if text or attached:
        return delivery.event(EventKind.MESSAGE, thread_of(content), text=text, attachments=attached)
    if not room.is_group:
        return delivery.ignored("says nothing")
    # Only our name: somebody looks for us.
    return delivery.event(EventKind.BUTTON, thread_of(content), button=Button("help", label=me.name or me.account))


def _refusal(event: Json, kind: str) -> str:
    """Why a message is not for us, whatever it says; empty if it may be."""
    if mapping(mapping(event, "unsigned"), "redacted_because"):
        return "deleted before it was read"
    if kind == "m.notice":  # never to be answered, or bots talk with each other for ever
        return "from a bot"
    if kind.startswith("m.key.verification"):
        return "a request to verify a device"
    if kind == "m.server_notice":
        return "from the homeserver"
    return "" if kind or event.get("type") == "m.sticker" else "without content"


def _read_edit(delivery: _Delivery, edited: str, content: Json) -> InboundEvent:
    """Where it stood is not told again: the store finds it in whichever thread of the room."""
    if delivery.room.is_group:  # any member may send it, and whose words it changes is not told
        return delivery.ignored("an edit in a room of several")
    return delivery.event(EventKind.EDIT, text=said(content), message_id=edited)


def _read_redaction(delivery: _Delivery, event: Json) -> InboundEvent:
    # Since room version 11 it stands in the content: https://spec.matrix.org/latest/rooms/v11/
    deleted = label(mapping(event, "content"), "redacts", 255) or label(event, "redacts", 255)
    if not deleted:
        return delivery.ignored("deletes nothing")
    return delivery.event(EventKind.DELETE, message_id=deleted, raw=delivery.without_content())


def _read_membership(delivery: _Delivery, event: Json) -> InboundEvent:
    membership = label(mapping(event, "content"), "membership", 32)
    if membership in ("leave", "ban") and delivery.room.members <= 1:
        return delivery.event(EventKind.BLOCKED, reason=membership, message_id="")
    return delivery.ignored(f"a member is now: {membership or 'unknown'}")


def _read_tombstone(delivery: _Delivery, event: Json) -> InboundEvent:
    return delivery.ignored(f"the room is now {label(mapping(event, 'content'), 'replacement_room', 100)}")


def _instant(parent: Json, name: str) -> datetime | None:
    milliseconds = integer(parent, name)
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC) if milliseconds else None
    except (OverflowError, OSError, ValueError):  # a year that no calendar has
        return None


def _digest(event: Json) -> str:
    return "digest-" + hashlib.sha256(json.dumps(event, sort_keys=True).encode()).hexdigest()[:32]


_READERS: dict[str, Callable[[_Delivery, Json], InboundEvent]] = {
    "m.room.message": _read_message,
    "m.sticker": _read_message,
    "m.room.redaction": _read_redaction,
    "m.room.member": _read_membership,
    "m.room.tombstone": _read_tombstone,
    "m.room.encrypted": lambda delivery, event: delivery.ignored(UNREADABLE),
    "m.reaction": lambda delivery, event: delivery.ignored("a reaction"),
    "m.room.encryption": lambda delivery, event: delivery.ignored("the room is encrypted from here on"),
}
KINDS = list(_READERS)  # what the homeserver is asked for of a room's timeline; the rest never leaves it


def parse_sync(body: Json, room_of: Callable[[str], Room], me: Me) -> list[InboundEvent]:
    """Everything in an answer of /sync that is for us, in the order of each room."""
    rooms = mapping(storable(body), "rooms")
    joined, left = mapping(rooms, "join"), mapping(rooms, "leave")
    found: list[InboundEvent] = []
    for room_id in joined:
        room, here = room_of(room_id), mapping(joined, room_id)
        parsed = (parse_event(event, room, me) for event in mappings(mapping(here, "timeline"), "events"))
        found += [event for event in parsed if event is not None]
        for event in mappings(mapping(here, "ephemeral"), "events"):
            found += parse_receipts(event, room, me) if event.get("type") == "m.receipt" else ()
    for room_id in left:
        found += parse_left(mappings(mapping(mapping(left, room_id), "timeline"), "events"), room_of(room_id), me)
    return found
