"""What a message of Messenger or Instagram carries besides text, and where the customer's own files are.

https://developers.facebook.com/docs/messenger-platform/reference/webhook-events/messages
"""

from __future__ import annotations

from bot.channels.fields import Json, label, mapping, mappings, string, whole
from bot.channels.graph.delivery import address, identifier
from bot.domain.message import Attachment

# Meta's type → our kind; what is not among them is kept under its own name.
_KINDS = {
    "image": "photo",
    "audio": "voice",
    "video": "video",
    "ig_reel": "video",
    "reel": "video",
    "file": "document",
    "sticker": "sticker",
    "location": "location",
}
# Not stories and posts: they are their authors', who may take them back, and Meta forbids to keep them.
# https://developers.facebook.com/docs/messenger-platform/instagram/features/story-mention
_FETCHED = ("image", "audio", "video", "file", "sticker")
_IDS = ("sticker_id", "attachment_id", "reel_video_id", "ig_post_media_id", "id")
_MAX_REFERENCE = 512


def read_attachments(message: Json) -> tuple[Attachment, ...]:
    """The attachments of `message`: files known by Meta's id or address, a place by "latitude,longitude"."""
    worded = bool(string(message, "text").strip())
    found = [
        _attachment(one)
        for one in mappings(message, "attachments")
        if not (worded and one.get("type") == "fallback")  # the preview of a link that stands in the text
    ]
    story = mapping(mapping(message, "reply_to"), "story")
    if story:
        found.append(Attachment("other", reference=_reference(story), name="story"))
    if message.get("is_unsupported") is True and not found:
        found.append(Attachment("other", name="unsupported"))
    return tuple(found)


def _attachment(one: Json) -> Attachment:
    payload, kind = mapping(one, "payload"), label(one, "type", 64)
    name = label(one, "title", 256) or label(payload, "title", 256)
    if kind == "location":
        return Attachment("location", reference=_place(mapping(payload, "coordinates")), name=name)
    if kind == "image" and "sticker_id" in payload:
        kind = "sticker"
    ours = _KINDS.get(kind, "other")
    return Attachment(
        ours,
        reference=_reference(payload) or _place_on_web(one),
        name=name or (kind if ours == "other" else ""),
        source=address(payload, "url") if kind in _FETCHED else "",
    )


def _reference(payload: Json) -> str:
    """Meta's own id of it, else where it lies for some days."""
    return next((found for key in _IDS if (found := identifier(payload, key))), "") or _place_on_web(payload)


def _place_on_web(parent: Json) -> str:
    return whole(parent, "url", _MAX_REFERENCE)


def _place(coordinates: Json) -> str:
    place = [coordinates.get(axis) for axis in ("lat", "long")]
    if not all(isinstance(axis, (int, float)) and abs(axis) <= 180 for axis in place):
        return ""
    return f"{place[0]},{place[1]}"
