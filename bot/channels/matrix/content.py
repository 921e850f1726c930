"""What a message of Matrix says: its words without what they quote, what is attached, and what it is about.

Message types: https://spec.matrix.org/latest/client-server-api/#mroommessage-msgtypes
"""

from __future__ import annotations

import re

from bot.channels.cleaning import clean
from bot.channels.fields import Json, integer, label, mapping, string, whole
from bot.channels.matrix.sources import source_of
from bot.domain.message import Attachment

MAX_ID = 128  # characters of a thread's id that are stored; those of today's rooms have 44

_FILES = {"m.image": "photo", "m.video": "video", "m.audio": "document", "m.file": "document"}
_WORDS = frozenset(("m.text", "m.emote"))
_VOICE = "org.matrix.msc3245.voice"
_PLACE = re.compile(r"geo:(-?\d{1,3}(?:\.\d{1,10})?),(-?\d{1,3}(?:\.\d{1,10})?)(?:[,;].{0,100})?")


def said(content: Json) -> str:
    """The words of a message; of a file only what its sender wrote to it."""
    body = string(content, "body")
    if answered(content):
        body = without_fallback(body)
    kind = string(content, "msgtype")
    if kind in _FILES and string(content, "filename") in ("", body):  # without a name beside it the body is the name
        return ""
    return "" if kind == "m.location" else clean(body)


def without_fallback(body: str) -> str:
    """`body` without the lines that older clients put before an answer: what it answers.

    https://spec.matrix.org/v1.12/client-server-api/#stripping-the-fallback
    """
    lines = body.split("\n")
    if not lines[0].startswith("> <") and not lines[0].startswith("> * <"):
        return body
    quoted = next((place for place, line in enumerate(lines) if not line.startswith("> ")), len(lines))
    return "\n".join(lines[quoted:]).removeprefix("\n")


def attachments(kind: str, content: Json) -> tuple[Attachment, ...]:
    """What an event of this kind carries besides words, none of it fetched. Files are known by their `mxc://` address."""
    message = string(content, "msgtype")
    if kind == "m.sticker":
        return (_file(content, "sticker"),)
    if message == "m.location":
        return (_place(content),)
    if message in _FILES:
        return (_file(content, "voice" if _VOICE in content else _FILES[message]),)
    return () if message in _WORDS else (Attachment("other", name=clean(message, 64)),)


def answered(content: Json) -> str:
    """The event that a message answers; empty where it answers none, also where it only says so for clients that know no threads."""
    relation = mapping(content, "m.relates_to")
    if relation.get("is_falling_back") is True:
        return ""
    return string(mapping(relation, "m.in_reply_to"), "event_id")


def thread_of(content: Json) -> str:
    """The event that began the thread a message stands in; empty outside of threads."""
    relation = mapping(content, "m.relates_to")
    return whole(relation, "event_id", MAX_ID) if relation.get("rel_type") == "m.thread" else ""


def replaced(content: Json) -> str:
    """The event whose content a message replaces; empty where it is no edit."""
    relation = mapping(content, "m.relates_to")
    return label(relation, "event_id", 255) if relation.get("rel_type") == "m.replace" else ""


def _file(content: Json, kind: str) -> Attachment:
    info, size = mapping(content, "info"), integer(mapping(content, "info"), "size")
    return Attachment(
        kind,
        reference=label(content, "url", 512) or label(mapping(content, "file"), "url", 512),
        name=label(content, "filename", 256) or label(content, "body", 256),
        media_type=label(info, "mimetype", 128),
        size=size if size is not None and size >= 0 else None,
        source=source_of(content),
    )


def _place(content: Json) -> Attachment:
    found = _PLACE.fullmatch(string(content, "geo_uri"))
    return Attachment("location", reference=f"{found[1]},{found[2]}" if found else "", name=label(content, "body", 256))
