"""What a Telegram message carries besides text."""

from __future__ import annotations

from dataclasses import replace

from bot.channels.fields import MAX_SOURCE, Json, integer, label, mapping, mappings, whole
from bot.domain.message import Attachment

# Telegram's field → our kind. An animation is delivered as `document` too, and is taken once.
_FILES = {
    "voice": "voice",
    "video": "video",
    "video_note": "video",
    "animation": "video",
    "audio": "document",
    "document": "document",
}
_OTHER = ("poll", "dice", "story", "game", "paid_media", "checklist")
_ALL = {*_FILES, *_OTHER, "photo", "sticker", "location", "contact"}


def read_attachments(message: Json) -> tuple[Attachment, ...]:
    """The attachments of `message`. Files are known by Telegram's `file_id`, and fetched by it; a place is "latitude,longitude"."""
    if _ALL.isdisjoint(message):
        return ()
    found = [_file(mapping(message, field), kind) for field, kind in _files_in(message)]
    if photo := _largest(mappings(message, "photo")):
        found.append(_file(photo, "photo"))
    if sticker := mapping(message, "sticker"):
        found.append(_sticker(sticker))
    if location := mapping(message, "location"):
        found.append(_location(location, mapping(message, "venue")))
    if contact := mapping(message, "contact"):
        found.append(_contact(contact))
    found.extend(Attachment("other", name=field) for field in _OTHER if message.get(field))
    return tuple(found)


def _files_in(message: Json) -> list[tuple[str, str]]:
    is_animation = bool(mapping(message, "animation"))
    return [
        (field, kind)
        for field, kind in _FILES.items()
        if mapping(message, field) and not (field == "document" and is_animation)
    ]


def _file(file: Json, kind: str) -> Attachment:
    size = integer(file, "file_size")
    return Attachment(
        kind,
        reference=label(file, "file_id", 512),
        name=label(file, "file_name", 256),
        media_type=label(file, "mime_type", 128),
        size=size if size is not None and size >= 0 else None,
        source=whole(file, "file_id", MAX_SOURCE),
    )


def _largest(sizes: list[Json]) -> Json | None:
    return max(sizes, key=lambda size: (integer(size, "width") or 0, integer(size, "file_size") or 0), default=None)


def _sticker(sticker: Json) -> Attachment:
    return replace(_file(sticker, "sticker"), name=label(sticker, "emoji", 256))


def _location(location: Json, venue: Json) -> Attachment:
    place = [location.get(axis) for axis in ("latitude", "longitude")]
    if not all(isinstance(axis, (int, float)) and abs(axis) <= 180 for axis in place):
        return Attachment("location", name=label(venue, "title", 256))
    return Attachment("location", reference=f"{place[0]},{place[1]}", name=label(venue, "title", 256))


def _contact(contact: Json) -> Attachment:
    name = f"{label(contact, 'first_name', 127)} {label(contact, 'last_name', 128)}".strip()
    return Attachment("contact", reference=label(contact, "phone_number", 64), name=name)
