"""One update of a batch on its way to the channel whose it is."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.channels.cleaning import clean
from bot.channels.fields import MAX_SOURCE, Json, integer, whole
from bot.domain.conversation import ConversationKey
from bot.domain.message import EventKind, InboundEvent

CHANNELS = {"page": "messenger", "instagram": "instagram", "whatsapp_business_account": "whatsapp"}
"""Meta's objects and the channel each belongs to, where nothing else tells."""
MAX_ID = 128  # characters of an id of somebody or of a post; Meta's have some twenty
MAX_MESSAGE_ID = 200  # Instagram's have about 150


def identifier(parent: Json, key: str, limit: int = MAX_ID) -> str:
    """The id at `key`, which is a number in old updates and a text in new ones; empty without one, and for one beyond `limit`."""
    value = parent.get(key)
    if isinstance(value, str):
        return clean(value) if len(value) <= limit else ""
    number = integer(parent, key)
    return "" if number is None else str(number)


def address(parent: Json, key: str) -> str:
    """The web address at `key`, whole; empty without one, and for one that is too long to be kept."""
    found = whole(parent, key, MAX_SOURCE)
    return found if found.startswith(("https://", "http://")) else ""


def milliseconds(parent: Json, key: str) -> datetime | None:
    """The Unix time in milliseconds at `key`."""
    number = integer(parent, key)
    try:
        return datetime.fromtimestamp(number / 1000, UTC) if number else None
    except (OverflowError, OSError, ValueError):  # a year that no calendar has
        return None


@dataclass(frozen=True)
class Delivery:
    """One update: the `origin` (Meta's object), our `account` there, the `container` it came in, the update (`item`) and its `entry`."""

    origin: str
    account: str
    container: str
    item: Json
    entry: Json

    @property
    def raw(self) -> Json:
        """The update as if it had come alone."""
        entry = {name: value for name, value in self.entry.items() if name in ("id", "time")}
        return {
            "object": self.origin,
            "entry": [entry | {self.container: [self.item]} if self.container else self.entry],
        }

    @property
    def digest(self) -> str:
        """An id for an update that Meta gives none: the same whenever it is delivered again, in whichever batch."""
        what = self.item if self.container else self.entry
        told = json.dumps([self.origin, self.account, self.container, what], sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()[:32]

    def event(self, kind: EventKind, event_id: str, chat: str, thread: str = "", **rest: Any) -> InboundEvent:
        """An event of ours. `event_id`: what makes it this one and no other, for ever."""
        channel = rest.pop("channel", CHANNELS.get(self.origin, "meta"))
        key = ConversationKey(channel, self.account, chat, thread)
        return InboundEvent(**{"key": key, "event_id": event_id, "kind": kind, "raw": self.raw, **rest})

    def ignored(self, reason: str, chat: str = "", **rest: Any) -> InboundEvent:
        """An update that is kept and nothing more, with the reason."""
        return self.event(EventKind.IGNORED, f"ignored:{self.digest}", chat, reason=reason[:128], **rest)

    def foreign(self, reason: str) -> InboundEvent:
        """An update that is not meant for us: kept without what it says."""
        kept = {"object": self.origin, "entry": [{"id": self.account, "time": integer(self.entry, "time")}]}
        return self.ignored(reason, raw=kept)
