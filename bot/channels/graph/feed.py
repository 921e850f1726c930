"""Translates what is written below a page's posts, and on the page by visitors.

Whatever one person writes below one post is one conversation: they are its chat, the post is its thread.
https://developers.facebook.com/docs/graph-api/webhooks/reference/page/#feed
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.channels.cleaning import clean
from bot.channels.fields import Json, Malformed, instant, label, mapping, string
from bot.channels.graph.delivery import Delivery, address, identifier
from bot.domain.message import Attachment, EventKind, InboundEvent

CHANNEL = "facebook"

_POSTS = ("post", "status", "photo", "video")
_EDITED = ("edited", "edit", "update")
_MAX_REFERENCE = 512
_NOT_SERVED = {"reaction": "a reaction", "like": "a reaction", "share": "somebody shared a post"}


def translate(delivery: Delivery) -> list[InboundEvent]:
    """What one change of the page's feed is. Raises Malformed."""
    field, value = label(delivery.item, "field", 64), mapping(delivery.item, "value")
    if field != "feed":
        return [_ignored(delivery, f"not served: {field or 'nothing'}")]
    item, verb = label(value, "item", 64), label(value, "verb", 64)
    if item in _NOT_SERVED or item not in ("comment", *_POSTS):
        return [_ignored(delivery, _NOT_SERVED.get(item, f"unknown kind: {item or 'nothing'}"))]
    author = identifier(mapping(value, "from"), "id") or identifier(value, "sender_id")
    if not author:
        return [_ignored(delivery, "without an author: the page's token lacks a permission")]
    if author == delivery.account:
        return [_read_own(delivery, value)]
    read = next((read for verbs, read in _READERS if verb in verbs), None)
    if read is None:
        return [_ignored(delivery, f"not served: {item} {verb or 'nothing'}")]
    return [read(delivery, value, author)]


def _ignored(delivery: Delivery, reason: str) -> InboundEvent:
    return delivery.ignored(reason, channel=CHANNEL)


def _event(
    delivery: Delivery, kind: EventKind, value: Json, author: str, suffix: str = "", **rest: Any
) -> InboundEvent:
    post = identifier(value, "post_id")
    written = identifier(value, "comment_id") if value.get("item") == "comment" else post
    if not post or not written:
        raise Malformed("post_id")
    who = label(mapping(value, "from"), "name", 256) or label(value, "sender_name", 256)
    named = {"message_id": written, "customer_name": who, "sent_at": instant(value, "created_time")}
    return delivery.event(kind, written + suffix, author, post, channel=CHANNEL, **named, **rest)


def _read_added(delivery: Delivery, value: Json, author: str) -> InboundEvent:
    text, attachments = clean(string(value, "message")), _attachments(value)
    if not text and not attachments:
        return _ignored(delivery, "no content of a customer")
    return _event(delivery, EventKind.MESSAGE, value, author, text=text, attachments=attachments)


def _read_edited(delivery: Delivery, value: Json, author: str) -> InboundEvent:
    suffix = f":edited:{delivery.digest}"  # one comment may be changed any number of times
    return _event(delivery, EventKind.EDIT, value, author, suffix, text=clean(string(value, "message")))


def _read_removed(delivery: Delivery, value: Json, author: str) -> InboundEvent:
    return _event(delivery, EventKind.DELETE, value, author, ":removed")


def _read_own(delivery: Delivery, value: Json) -> InboundEvent:
    """What is said in the page's name, by us or by a colleague: only the store knows which, and whose comment it answers."""
    answers, post = identifier(value, "parent_id"), identifier(value, "post_id")
    said = clean(string(value, "message"))
    if value.get("item") != "comment" or value.get("verb") != "add" or answers in ("", post) or not said:
        return _ignored(delivery, "the page's own word")
    return _event(delivery, EventKind.TAKEN_OVER, value, "", text=said, answers=answers)


def _attachments(value: Json) -> tuple[Attachment, ...]:
    """A picture, a video or a link, each by Meta's id where it tells one."""
    files = [file for kind in ("photo", "video") if (file := _file(value, kind)) is not None]
    if not files and not string(value, "message").strip() and (link := identifier(value, "link", _MAX_REFERENCE)):
        files.append(Attachment("other", reference=link, name="link"))
    return tuple(files)


def _file(value: Json, kind: str) -> Attachment | None:
    """The photo or video: of a comment it is at the address named so, of a visitor's post where the post links to."""
    named = (f"{kind}_id", kind)
    reference = next((found for key in named if (found := identifier(value, key, _MAX_REFERENCE))), "")
    source = address(value, kind) or (address(value, "link") if value.get("item") == kind else "")
    return Attachment(kind, reference=reference, source=source) if reference or source else None


_READERS: tuple[tuple[tuple[str, ...], Callable[[Delivery, Json, str], InboundEvent]], ...] = (
    (("add",), _read_added),
    (_EDITED, _read_edited),
    (("remove", "delete"), _read_removed),
)
