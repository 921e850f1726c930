"""What a WhatsApp message says and carries.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages
"""

from __future__ import annotations

from bot.channels.cleaning import clean
from bot.channels.fields import Json, integer, label, mapping, mappings, string
from bot.channels.graph.delivery import identifier
from bot.domain.message import Attachment

_FILES = {"image": "photo", "video": "video", "document": "document", "sticker": "sticker", "audio": "document"}


def words_of(message: Json) -> str:
    """The words of a message: its text, the caption of what it carries, or what stands on a template's button."""
    kind = string(message, "type")
    content = mapping(message, kind)
    field = {"text": "body", "button": "text", "order": "text"}.get(kind, "caption")
    return clean(string(content, field))


def attachments_of(message: Json) -> tuple[Attachment, ...]:
    """What a message carries. Files are known by Meta's media id, and fetched by it; a place is "latitude,longitude"."""
    kind = string(message, "type")
    content = mapping(message, kind)
    if kind in _FILES:
        return (_file(content, "voice" if content.get("voice") is True else _FILES[kind]),)
    if kind == "location":
        return (_location(content),)
    if kind == "contacts":
        return tuple(_contact(one) for one in mappings(message, "contacts")) or (Attachment("contact"),)
    if kind in ("text", "button"):
        return ()
    # An order, and what WhatsApp does not hand over or will think of later: an agent has to look at the phone.
    return (Attachment("other", name=label(mapping(message, "unsupported"), "type", 64) or clean(kind, 64)),)


def _file(content: Json, kind: str) -> Attachment:
    media_id = identifier(content, "id")
    return Attachment(
        kind,
        reference=media_id,
        name=label(content, "filename", 256),
        media_type=label(content, "mime_type", 128),
        source=media_id,
    )


def _location(content: Json) -> Attachment:
    name = label(content, "name", 256) or label(content, "address", 256)
    place = [content.get(axis) for axis in ("latitude", "longitude")]
    if not all(isinstance(axis, (int, float)) and abs(axis) <= 180 for axis in place):
        return Attachment("location", name=name)
    return Attachment("location", reference=f"{place[0]},{place[1]}", name=name)


def _contact(one: Json) -> Attachment:
    numbers = [label(phone, "phone", 64) or label(phone, "wa_id", 64) for phone in mappings(one, "phones")]
    return Attachment(
        "contact", reference=next(iter(numbers), ""), name=label(mapping(one, "name"), "formatted_name", 256)
    )


def seconds_at(item: Json) -> int | None:
    """The Unix time of an item, which is a text in most."""
    told = string(item, "timestamp")
    return int(told) if told.isascii() and told.isdecimal() and len(told) <= 12 else integer(item, "timestamp")
