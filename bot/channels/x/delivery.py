"""What every event of X has in common: whose account it is for, an id that lasts, and how it came."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.channels.fields import MAX_INTEGER, Json, Malformed, label, mapping, string
from bot.domain.conversation import ConversationKey
from bot.domain.message import EventKind, InboundEvent

POSTS = "x"
DIRECT = "x_direct"

_MAX_ID = len(str(MAX_INTEGER))  # digits; X's ids fit 64 bits


@dataclass(frozen=True)
class Delivery:
    """One thing that X tells of: the account it is told to, what it is called, and the thing as it came.

    `id`: what makes it one and the same wherever and however often it is delivered. `app_id`: our app's number, where it is known.
    """

    account: str
    channel: str
    id: str
    raw: Json
    app_id: str = ""

    def event(self, kind: EventKind, chat: str, thread: str = "", **rest: Any) -> InboundEvent:
        """An event in the conversation with `chat`, the customer's id."""
        key = ConversationKey(self.channel, self.account, chat, thread)
        return InboundEvent(**{"key": key, "event_id": self.id, "kind": kind, "raw": self.raw, **rest})

    def ignored(self, reason: str, **rest: Any) -> InboundEvent:
        """An event that changes nothing, because of `reason`."""
        return self.event(EventKind.IGNORED, "", reason=reason, **rest)


def ident(parent: Json, *names: str) -> str:
    """The id at the first of `names` that has one, else empty. Old payloads write ids as numbers too, which are rounded: name the text first."""
    for name in names:
        value = parent.get(name)
        text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) <= _MAX_ID:
            return text
    return ""


def needed_ident(parent: Json, *names: str) -> str:
    """The id at the first of `names` that has one; raises Malformed without."""
    found = ident(parent, *names)
    if not found:
        raise Malformed(names[0])
    return found


def moment(parent: Json, *names: str) -> datetime | None:
    """The time at the first of `names` that has one: milliseconds since 1970, ISO 8601, or as the old API writes it ("Wed Oct 10 20:19:24 +0000 2018")."""
    for name in names:
        value = parent.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if isinstance(value, str) and (found := _moment(value)) is not None:
            return found
    return None


def _moment(text: str) -> datetime | None:
    try:
        if text.isascii() and text.isdigit():
            return datetime.fromtimestamp(int(text[:15]) / 1000, UTC)
        if text[:1].isalpha():
            return datetime.strptime(text, "%a %b %d %H:%M:%S %z %Y")
        return datetime.fromisoformat(text).astimezone(UTC)
    except (OverflowError, OSError, ValueError):
        return None


def person(parent: Json, name: str) -> Json:
    """The user object at `name`; newer payloads wrap it in `data`."""
    found = mapping(parent, name)
    return mapping(found, "data") or found


def name_of(user: Json) -> str:
    """How an account calls itself: its display name, else its handle."""
    return label(user, "name", 256) or label(user, "screen_name", 64) or label(user, "username", 64)


def fingerprint(value: Json) -> str:
    """An id for what X gave none: the same thing has the same one."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:32]


def marked(parent: Json, name: str) -> bool:
    """Whether X says yes at `name`; it writes `true` and "true"."""
    return parent.get(name) is True or string(parent, name).lower() == "true"
