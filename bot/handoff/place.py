"""What an agent has to know of the channel before they write: who reads along, and until when it takes words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.channels.directory import Directory
from bot.channels.windows import CLOSED, closes_at
from bot.domain.conversation import Conversation
from bot.errors import StorageConflict
from bot.personal import Kind, Personal


class Revealing(StorageConflict):
    """A reply would show personal data to everybody. `kinds` says what; an agent who means it says so."""

    def __init__(self, kinds: tuple[Kind, ...]) -> None:
        self.kinds = kinds
        super().__init__(f"everybody could read: {', '.join(kinds)}")


@dataclass(frozen=True)
class Place:
    """`public`: everybody reads along. `closes_at`: until when the channel takes words of a person; None without an end."""

    public: bool
    closes_at: datetime | None


def place_of(channels: Directory, conversation: Conversation) -> Place:
    """What the channel of this conversation allows."""
    ends = closes_at(channels.capabilities(conversation.key), conversation.heard_at, by_agent=True)
    return Place(channels.is_public(conversation.key), ends)


def require_open(place: Place, at: datetime) -> None:
    """Raise StorageConflict where the channel takes no words any more."""
    if place.closes_at is not None and at >= place.closes_at:
        raise StorageConflict(CLOSED)


def require_discreet(place: Place, personal: Personal, text: str) -> None:
    """Raise Revealing where a reply that everybody reads holds personal data."""
    found = personal.find(text) if place.public else []
    if found:
        raise Revealing(tuple(dict.fromkeys(one.kind for one in found)))
