"""What a direct message, or what X tells about one, means to us.

Shapes: https://docs.x.com/x-api/account-activity/introduction, and of attachments
https://developer.x.com/en/docs/x-api/v1/direct-messages/sending-and-receiving/guides/message-create-object
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.channels.faces import decode
from bot.channels.fields import Json, label, mapping, string
from bot.channels.x.delivery import Delivery, ident, moment, name_of, needed_ident, person
from bot.channels.x.media import source_of
from bot.channels.x.wording import links_in, spoken
from bot.domain.message import Attachment, EventKind, InboundEvent

_KINDS = {"photo": "photo", "video": "video", "animated_gif": "video", "audio": "voice"}


def of_message(item: Json, users: Json, delivery: Delivery) -> InboundEvent:
    """A direct message, theirs or one that went out in our name. Raises Malformed without id, sender or recipient."""
    message = mapping(item, "message_create")
    delivery = replace(delivery, id=f"message:{needed_ident(item, 'id')}")
    if not message:
        return delivery.ignored(f"no message: {label(item, 'type', 64) or 'without a type'}")
    sender, receiver = needed_ident(message, "sender_id"), needed_ident(mapping(message, "target"), "recipient_id")
    data = mapping(message, "message_data")
    attachments, added = _attachments(mapping(data, "attachment"))
    words = spoken(string(data, "text"), links=links_in(mapping(data, "entities")), hidden=added)
    rest: dict[str, Any] = {"message_id": ident(item, "id"), "sent_at": moment(item, "created_timestamp")}
    if sender == delivery.account:
        if delivery.app_id and ident(message, "source_app_id") == delivery.app_id:
            return delivery.ignored("our own reply")
        return delivery.event(EventKind.TAKEN_OVER, receiver, text=words, **rest)
    rest |= {"customer_name": name_of(person(users, sender)), "attachments": attachments}
    button = decode(string(mapping(data, "quick_reply_response"), "metadata"), words)
    if button:
        return delivery.event(EventKind.BUTTON, sender, button=button, **rest)
    return delivery.event(EventKind.MESSAGE, sender, text=words, **rest)


def of_reading(item: Json, delivery: Delivery) -> InboundEvent:
    """Somebody has read a conversation up to now."""
    reader, at = needed_ident(item, "sender_id"), moment(item, "created_timestamp")
    last = ident(item, "last_read_event_id")
    delivery = replace(delivery, id=f"read:{reader}:{last or ident(item, 'created_timestamp')}")
    if reader == delivery.account:
        return delivery.ignored("we have read it")
    if at is None:
        return delivery.ignored("read, but X does not say when")
    return delivery.event(EventKind.READ, reader, sent_at=at)


def of_typing(item: Json, delivery: Delivery) -> InboundEvent:
    """Somebody is writing."""
    writer = needed_ident(item, "sender_id")
    return replace(delivery, id=f"typing:{writer}:{ident(item, 'created_timestamp')}").ignored("somebody is typing")


def of_block(item: Json, delivery: Delivery) -> InboundEvent:
    """Somebody blocks somebody, or no longer does; one of the two is us."""
    source, target = (ident(person(item, name), "id_str", "id") for name in ("source", "target"))
    kind = label(item, "type", 16) or "block"
    delivery = replace(delivery, id=f"{kind}:{source}:{target}:{ident(item, 'created_timestamp') or delivery.id}")
    if kind == "block" and target == delivery.account and source:
        return delivery.event(EventKind.BLOCKED, source, sent_at=moment(item, "created_timestamp"), reason="blocked")
    whose = "we" if source == delivery.account else "somebody else"
    return delivery.ignored(f"{whose}: {kind}")


def _attachments(attachment: Json) -> tuple[tuple[Attachment, ...], set[str]]:
    """What is attached, and the links that X put into the text for it."""
    media, location = mapping(attachment, "media"), mapping(attachment, "location")
    if media:
        kind = _KINDS.get(string(media, "type"), "other")
        reference = ident(media, "id_str", "id") or label(media, "media_url_https", 512)
        file = Attachment(kind, reference=reference, source=source_of(media, "media_url_https"))
        return (file,), {string(media, "url")}
    if location:
        return (_place(location),), set()
    kind = label(attachment, "type", 64)
    return ((Attachment("other", name=kind),) if kind else ()), set()


def _place(location: Json) -> Attachment:
    shared = mapping(mapping(mapping(location, "shared_coordinate"), "coordinates"), "coordinates") or mapping(
        mapping(location, "shared_coordinate"), "coordinates"
    )
    point = shared.get("coordinates")
    if isinstance(point, list) and len(point) == 2 and all(type(axis) in (int, float) for axis in point):
        return Attachment("location", reference=f"{point[1]},{point[0]}")  # GeoJSON names the longitude first
    place = mapping(mapping(location, "shared_place"), "place")
    return Attachment("location", reference=label(place, "id", 64), name=label(place, "full_name", 256))
