"""Translates what happens in private conversations of Messenger and Instagram, which is the same but for a few fields.

https://developers.facebook.com/docs/messenger-platform/reference/webhook-events and
https://developers.facebook.com/docs/messenger-platform/instagram/features/webhook
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.channels.cleaning import clean
from bot.channels.faces import decode
from bot.channels.fields import Json, Malformed, label, mapping, string
from bot.channels.graph.attachments import read_attachments
from bot.channels.graph.control import CONTROL, read_control
from bot.channels.graph.delivery import MAX_MESSAGE_ID, Delivery, identifier, milliseconds
from bot.domain.message import Button, EventKind, InboundEvent

MARK = "frontline:"
"""Begins the metadata of all we send. Meta hands it back with the echo, which on Instagram does not name the app."""

_START = {"GET_STARTED", "FACEBOOK_WELCOME"}  # what Meta's own settings put behind the button "Get started"
_ENVELOPE = ("sender", "recipient", "timestamp", "prior_message", "is_self")
_NOT_SERVED = {
    "account_linking": "an account was linked or unlinked",
    "optin": "an opt-in",
    "policy_enforcement": "Meta warns or blocks the page: see its support inbox",
    "reaction": "a reaction",
}


def translate(delivery: Delivery, app_id: str) -> list[InboundEvent]:
    """What one update of `messaging` or `standby` is. Raises Malformed. `app_id`: who we are, to know our own echoes."""
    update = _Update(delivery, app_id)
    if delivery.container == "standby":
        return [update.set_aside("another app has the conversation")]
    kind = next((kind for kind in _READERS if isinstance(delivery.item.get(kind), dict)), None)
    if kind is None:
        named = next((str(key) for key in delivery.item if key and key not in _ENVELOPE), "nothing")
        return [delivery.ignored(_NOT_SERVED.get(named) or f"unknown kind: {clean(named, 64)}")]
    return _READERS[kind](update, delivery.item[kind])


@dataclass(frozen=True)
class _Update:
    """One update: how it came, and which app we are."""

    delivery: Delivery
    app_id: str

    @property
    def ours(self) -> bool:
        """Whether it is about something that was sent in our account's name."""
        return identifier(mapping(self.delivery.item, "sender"), "id") == self.delivery.account

    @property
    def customer(self) -> str:
        """Who is at the other end."""
        item = self.delivery.item
        found = identifier(mapping(item, "recipient" if self.ours else "sender"), "id")
        if not found or found == self.delivery.account:
            raise Malformed("sender")
        return found

    @property
    def at(self) -> datetime | None:
        """When it happened."""
        return milliseconds(self.delivery.item, "timestamp")

    def event(self, kind: EventKind, event_id: str, **rest: Any) -> InboundEvent:
        return self.delivery.event(kind, event_id, self.customer, **{"sent_at": self.at, **rest})

    def set_aside(self, reason: str) -> InboundEvent:
        """Words that are not for us to keep: when and between whom, not what."""
        kept = {
            name: self.delivery.item[name]
            for name in ("sender", "recipient", "timestamp")
            if name in self.delivery.item
        }
        raw = {**self.delivery.raw, "entry": [{"id": self.delivery.account, self.delivery.container: [kept]}]}
        return self.delivery.ignored(reason, raw=raw)


def _read_message(update: _Update, message: Json) -> list[InboundEvent]:
    mid = _needed(message, "mid")
    if message.get("is_echo") is True or update.ours:
        return [_read_echo(update, message, mid)]
    if message.get("is_deleted") is True:
        return [update.event(EventKind.DELETE, f"{mid}:deleted", message_id=mid)]
    who = label(mapping(update.delivery.item, "sender"), "username", 256)
    said: dict[str, Any] = {"message_id": mid, "attachments": read_attachments(message), "customer_name": who}
    text = clean(string(message, "text"))
    button = decode(string(mapping(message, "quick_reply"), "payload"), text)
    if button:
        return [update.event(EventKind.BUTTON, mid, button=button, **said)]
    if not text and not said["attachments"]:
        content = next((str(field) for field in message if field not in ("mid", "seq")), "nothing")
        return [update.delivery.ignored(f"no content of a customer: {clean(content, 64)}")]
    return [update.event(EventKind.MESSAGE, mid, text=text, **said)]


def _read_echo(update: _Update, message: Json, mid: str) -> InboundEvent:
    """Something was said in our account's name: by us, or by a person or another app, who then has the word."""
    if identifier(message, "app_id") == update.app_id or string(message, "metadata").startswith(MARK):
        return update.set_aside("our own word")
    if message.get("is_deleted") is True:
        return update.set_aside("a word in our name was taken back")
    said = {"text": clean(string(message, "text")), "attachments": read_attachments(message)}
    return update.event(EventKind.TAKEN_OVER, mid, message_id=mid, **said)


def _read_edit(update: _Update, edit: Json) -> list[InboundEvent]:
    if update.ours:
        return [update.set_aside("a word in our name was changed")]
    mid = _needed(edit, "mid")
    number = identifier(edit, "num_edit", 8) or update.delivery.digest
    return [update.event(EventKind.EDIT, f"{mid}:edit:{number}", message_id=mid, text=clean(string(edit, "text")))]


def _read_postback(update: _Update, postback: Json) -> list[InboundEvent]:
    """A press on a button that stays: "Get started", the menu, an ice breaker. Old ones have no id."""
    mid = identifier(postback, "mid", MAX_MESSAGE_ID) or f"postback:{update.delivery.digest}"
    face, payload = label(postback, "title", 256), string(postback, "payload")
    ref = label(mapping(postback, "referral"), "ref", 256)
    button = Button("start", ref, face) if ref or payload in _START else decode(payload, face)
    if button:
        return [update.event(EventKind.BUTTON, mid, message_id=mid, button=button)]
    if not face:
        return [update.delivery.ignored("a press without a title or payload")]
    return [update.event(EventKind.MESSAGE, mid, message_id=mid, text=face)]


def _read_referral(update: _Update, referral: Json) -> list[InboundEvent]:
    """The customer came back by a link (m.me, ig.me), which may say why."""
    ref = label(referral, "ref", 256)
    if not ref:
        return [update.delivery.ignored("came by a link or an advertisement")]
    event_id = f"referral:{update.delivery.digest}"
    return [update.event(EventKind.BUTTON, event_id, message_id=event_id, button=Button("start", ref))]


def _read_delivery(update: _Update, receipt: Json) -> list[InboundEvent]:
    mids = receipt.get("mids")
    named = [identifier({"mid": mid}, "mid", MAX_MESSAGE_ID) for mid in mids] if isinstance(mids, list) else []
    found = [
        update.event(EventKind.DELIVERED, f"{mid}:delivered", message_id=mid) for mid in dict.fromkeys(named) if mid
    ]
    return found or [_until(update, receipt, EventKind.DELIVERED)]


def _read_read(update: _Update, receipt: Json) -> list[InboundEvent]:
    """Messenger says until when all was read, Instagram what was read last."""
    mid = identifier(receipt, "mid", MAX_MESSAGE_ID)
    if mid:
        return [update.event(EventKind.READ, f"{mid}:read", message_id=mid)]
    return [_until(update, receipt, EventKind.READ)]


def _until(update: _Update, receipt: Json, kind: EventKind) -> InboundEvent:
    moment = milliseconds(receipt, "watermark")
    if moment is None:
        raise Malformed("watermark")
    return update.event(kind, f"{kind.value}:{update.customer}:{receipt['watermark']}", sent_at=moment)


def _read_control(update: _Update, control: Json) -> list[InboundEvent]:
    kind, reason = read_control(update.delivery.item, update.app_id)
    if kind is EventKind.IGNORED:
        return [update.delivery.ignored(reason)]
    return [update.event(kind, f"control:{update.delivery.digest}")]


def _needed(parent: Json, key: str) -> str:
    found = identifier(parent, key, MAX_MESSAGE_ID)
    if not found:
        raise Malformed(key)
    return found


_READERS: dict[str, Callable[[_Update, Json], list[InboundEvent]]] = {
    "message": _read_message,
    "message_edit": _read_edit,
    "postback": _read_postback,
    "delivery": _read_delivery,
    "read": _read_read,
    "referral": _read_referral,
    **dict.fromkeys(CONTROL, _read_control),
}
