"""What a customer writes, and what a person writes to them from the Business app.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bot.channels.cleaning import clean
from bot.channels.faces import decode
from bot.channels.fields import Json, label, mapping, string
from bot.channels.whatsapp.contents import attachments_of, words_of
from bot.channels.whatsapp.people import contact_of, name_in, names_of, needed_names, told_in
from bot.channels.whatsapp.told import Told
from bot.domain.message import EventKind, InboundEvent


def of_message(told: Told) -> InboundEvent:
    """A message of the field `messages`. Raises Malformed without an id, or a sender."""
    kind = string(told.item, "type")
    if told.item.get("group_id"):
        kept = {"type": kind[:64]}
        return told.ignored("a group", f"message:{told.id}", raw=kept)  # words among others, not to us
    reader = _READERS.get(kind, _content)
    return reader(told)


def of_echo(told: Told) -> InboundEvent:
    """What a person has written in the WhatsApp Business app."""
    names = needed_names(*told_in(told.item, "to_user_id", "to_parent_user_id", "to"), *_beside(told, ()))
    kind = string(told.item, "type")
    if kind in ("edit", "revoke"):
        return told.ignored(f"a person here has changed their words: {kind}", f"echo:{told.id}")
    words = words_of(told.item) or f"[{clean(kind, 32)}]"
    return told.event(EventKind.TAKEN_OVER, f"echo:{told.id}", names, message_id=told.id, text=words)


def _names(told: Told) -> tuple[str, ...]:
    sender = told_in(told.item, "from_user_id", "from_parent_user_id", "from")
    return needed_names(*sender, *_beside(told, tuple(sender)))


def _beside(told: Told, sender: tuple[str, ...]) -> list[str]:
    return told_in(contact_of(told.value, list(sender)), "user_id", "parent_user_id", "wa_id")


def _said(told: Told, kind: EventKind, **rest: Any) -> InboundEvent:
    sender = told_in(told.item, "from_user_id", "from_parent_user_id", "from")
    name = name_in(contact_of(told.value, sender))
    facts = {"message_id": told.id, "customer_name": name} | rest
    return told.event(kind, f"message:{told.id}", _names(told), **facts)


def _content(told: Told) -> InboundEvent:
    return _said(told, EventKind.MESSAGE, text=words_of(told.item), attachments=attachments_of(told.item))


def _press(told: Told) -> InboundEvent:
    """A pressed button or row of ours; other interactive content (a form, a permission to call) is not asked for here."""
    interactive = mapping(told.item, "interactive")
    reply = mapping(interactive, "button_reply") or mapping(interactive, "list_reply")
    face = label(reply, "title", 256)
    button = decode(string(reply, "id"), face)
    if button is None:
        kind = label(interactive, "type", 64) or "nothing"
        return told.ignored(f"no choice of ours: {kind}", f"message:{told.id}")
    return _said(told, EventKind.BUTTON, button=button)


def _edit(told: Told) -> InboundEvent:
    words = words_of(mapping(mapping(told.item, "edit"), "message"))
    return _said(told, EventKind.EDIT, text=words, message_id=told.original("edit"))


def _revoke(told: Told) -> InboundEvent:
    return _said(told, EventKind.DELETE, message_id=told.original("revoke"))


def _system(told: Told) -> InboundEvent:
    """Somebody has a new number, and with it a new user id: their conversation goes on under these."""
    system = mapping(told.item, "system")
    kind = label(system, "type", 64) or "nothing"
    before = names_of(*told_in(told.item, "from_user_id", "from"), *told_in(system, "customer"))
    after = names_of(*told_in(system, "user_id", "parent_user_id", "wa_id", "new_wa_id"))
    moved = told.ignored(f"the customer's ids: {kind}", f"message:{told.id}")
    if not before or not after or after[0] in before:
        return moved
    return replace(moved, key=replace(moved.key, chat=after[0]), names=after, formerly=before[0])


def _because(reason: str) -> Callable[[Told], InboundEvent]:
    return lambda told: told.ignored(reason, f"message:{told.id}")


_READERS: dict[str, Callable[[Told], InboundEvent]] = {
    "interactive": _press,
    "edit": _edit,
    "revoke": _revoke,
    "system": _system,
    "reaction": _because("a reaction"),
    "request_welcome": _because("the chat was opened"),
}


def errors_in(value: Json) -> str:
    """What WhatsApp says is wrong, in figures: its own sentences may quote what was sent."""
    found = value.get("errors")
    codes = [str(one.get("code"))[:12] for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    return ", ".join(codes[:5]) or "without a code"
