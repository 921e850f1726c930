"""Translates an update of the Bot API into an event of ours. Pure, and never raises: what cannot be read is kept as ignored.

Kinds and fields: https://core.telegram.org/bots/api#update
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.channels.cleaning import clean
from bot.channels.fields import (
    Json,
    Malformed,
    instant,
    integer,
    label,
    mapping,
    needed_integer,
    storable,
    string,
)
from bot.channels.telegram.addressing import (
    Identity,
    foreign_command,
    is_addressed,
    is_group,
    read_command,
    said,
    without_name,
)
from bot.channels.telegram.attachments import read_attachments
from bot.channels.telegram.keyboard import decode, pressed_label
from bot.domain.conversation import ConversationKey
from bot.domain.message import Button, EventKind, InboundEvent

CHANNEL = "telegram"

# What every message has around its content; the first field that is not one of these names an unknown content.
_ENVELOPE = frozenset(
    (
        *("message_id", "message_thread_id", "is_topic_message", "date", "edit_date", "chat", "from", "sender_chat"),
        *("author_signature", "via_bot", "forward_origin", "reply_to_message", "external_reply", "quote"),
        *("media_group_id", "has_protected_content", "sender_boost_count"),
    )
)


def parse_update(update: Json, me: Identity) -> InboundEvent:
    """The event that `update` (decoded JSON) is. Kinds not served, and broken updates, become IGNORED events with a reason."""
    update = storable(update)
    delivery = _Delivery(me, _event_id(update), update)
    kind = next((kind for kind in _READERS if isinstance(update.get(kind), dict)), None)
    if kind is None:
        unknown = next((str(key) for key in update if key != "update_id"), "nothing")
        return delivery.ignored(f"unknown kind: {clean(unknown, 64)}", _any_chat(update))
    try:
        return _READERS[kind](delivery, update[kind])
    except Malformed:
        return delivery.ignored("malformed", mapping(update[kind], "chat"))


@dataclass(frozen=True)
class _Delivery:
    """One update on its way through: who we are, its id, and how it came."""

    me: Identity
    event_id: str
    raw: Json

    def event(self, kind: EventKind, chat: Json, thread: str = "", **rest: Any) -> InboundEvent:
        key = ConversationKey(CHANNEL, self.me.account, str(needed_integer(chat, "id")), thread)
        return InboundEvent(**{"key": key, "event_id": self.event_id, "kind": kind, "raw": self.raw, **rest})

    def ignored(self, reason: str, chat: Json, **rest: Any) -> InboundEvent:
        if integer(chat, "id") is None:
            key = ConversationKey(CHANNEL, self.me.account, "")
            return InboundEvent(key, self.event_id, EventKind.IGNORED, reason=reason, raw=self.raw)
        return self.event(EventKind.IGNORED, chat, reason=reason, **rest)


def _event_id(update: Json) -> str:
    number = integer(update, "update_id")
    if number is not None:
        return str(number)
    return "malformed-" + hashlib.sha256(json.dumps(update, sort_keys=True).encode()).hexdigest()[:32]


def _any_chat(update: Json) -> Json:
    return next((mapping(body, "chat") for body in update.values() if isinstance(body, dict)), {})


def _thread(message: Json) -> str:
    # A plain reply in a group carries a message_thread_id too; only a topic is a place one can write to.
    thread = integer(message, "message_thread_id")
    return str(thread) if thread is not None and message.get("is_topic_message") is True else ""


def _sender(person: Json) -> dict[str, Any]:
    name = f"{label(person, 'first_name', 127)} {label(person, 'last_name', 128)}".strip()
    language = string(person, "language_code")[:2].lower()
    return {"customer_name": name, "language": language if language in ("de", "en") else None}


def _refusal(message: Json, me: Identity) -> str:
    """Why a message is not for us, whatever it says; empty if it may be."""
    chat, person = mapping(message, "chat"), mapping(message, "from")
    if chat.get("type") not in ("private", "group", "supergroup"):
        return "not a conversation with a customer"
    if chat.get("is_direct_messages") is True:
        return "a direct message to a Telegram channel"
    if person.get("is_bot") is True:
        return "from a bot"
    if not person:
        return "without a sender"
    if foreign_command(said(message), me):
        return "a command to another bot"
    return ""


def _read_message(delivery: _Delivery, message: Json) -> InboundEvent:
    chat, me = mapping(message, "chat"), delivery.me
    if moved := integer(message, "migrate_to_chat_id"):
        return delivery.ignored(f"the group is now chat {moved}", chat)
    if refusal := _refusal(message, me):
        return delivery.ignored(refusal, chat, raw=_without_content(delivery.raw, message))
    attachments = read_attachments(message)
    text = clean(said(message))
    if not text and not attachments:
        content = next((str(field) for field in message if field not in _ENVELOPE), "nothing")
        return delivery.ignored(f"no content of a customer: {clean(content, 64)}", chat)
    if is_group(chat) and not is_addressed(message, me):
        return delivery.ignored("not addressed to us", chat, raw=_without_content(delivery.raw, message))
    return _spoken(delivery, message, text, {"attachments": attachments})


def _spoken(delivery: _Delivery, message: Json, text: str, rest: dict[str, Any]) -> InboundEvent:
    chat, person = mapping(message, "chat"), mapping(message, "from")
    rest |= {"message_id": str(needed_integer(message, "message_id")), "sent_at": instant(message, "date")}
    rest |= _sender(person)
    button = read_command(text)
    text = without_name(text, delivery.me) if is_group(chat) else text
    if not text and not rest["attachments"]:  # only our name: somebody looks for us
        button = Button("help", label=f"@{delivery.me.username}")
    if button:
        return delivery.event(EventKind.BUTTON, chat, _thread(message), button=button, **rest)
    return delivery.event(EventKind.MESSAGE, chat, _thread(message), text=text, **rest)


def _read_edit(delivery: _Delivery, message: Json) -> InboundEvent:
    chat = mapping(message, "chat")
    if refusal := _refusal(message, delivery.me):
        return delivery.ignored(refusal, chat, raw=_without_content(delivery.raw, message))
    if mapping(message, "location"):
        return delivery.ignored("a live location has moved", chat)
    text = clean(said(message))
    number = needed_integer(message, "message_id")
    rest: dict[str, Any] = {"message_id": str(number), "sent_at": instant(message, "edit_date")}
    if is_group(chat):
        # Whether the message was ours to answer is known to the store alone, which leaves out edits of unknown messages.
        text = without_name(text, delivery.me)
        if not is_addressed(message, delivery.me):
            rest["raw"] = _without_content(delivery.raw, message)
    return delivery.event(
        EventKind.EDIT, chat, _thread(message), text=text, **rest, **_sender(mapping(message, "from"))
    )


def _read_press(delivery: _Delivery, query: Json) -> InboundEvent:
    message, data = mapping(query, "message"), string(query, "data")
    chat, person = mapping(message, "chat"), mapping(query, "from")
    query_id = label(query, "id", 128)
    if not message or not data:
        return delivery.ignored("a press without a message or data of ours", chat)
    if not query_id:
        raise Malformed("id")
    if person.get("is_bot") is True:
        return delivery.ignored("from a bot", chat)
    face = pressed_label(message, data)
    rest: dict[str, Any] = {"message_id": query_id, **_sender(person)}
    button = decode(data, face)
    if button:
        return delivery.event(EventKind.BUTTON, chat, _thread(message), button=button, **rest)
    if not face:
        return delivery.ignored("a press on a message that Telegram no longer shows", chat)
    return delivery.event(EventKind.MESSAGE, chat, _thread(message), text=face, **rest)


def _read_membership(delivery: _Delivery, change: Json) -> InboundEvent:
    chat, status = mapping(change, "chat"), string(mapping(change, "new_chat_member"), "status")
    if status in ("kicked", "left"):
        return delivery.event(EventKind.BLOCKED, chat, sent_at=instant(change, "date"), reason=status)
    return delivery.ignored(f"our membership is now: {clean(status, 32) or 'unknown'}", chat)


def _without_content(raw: Json, message: Json) -> Json:
    """What is kept of words that were not said to us: when and where, not what or who."""
    chat = mapping(message, "chat")
    kept = {"message_id": message.get("message_id"), "date": message.get("date"), "chat": {"id": chat.get("id")}}
    return {"update_id": raw.get("update_id"), "message": kept}


_READERS: dict[str, Callable[[_Delivery, Json], InboundEvent]] = {
    "message": _read_message,
    "edited_message": _read_edit,
    "callback_query": _read_press,
    "my_chat_member": _read_membership,
}
UPDATE_KINDS = list(_READERS)  # what Telegram is asked for; the rest never leaves its servers
