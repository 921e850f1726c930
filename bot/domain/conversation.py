"""A conversation: one customer in one chat of one channel account, and what the bot remembers of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Owner(StrEnum):
    """Who has the word. The bot is silent while a person owns the conversation."""

    BOT = "bot"
    AGENT = "agent"


@dataclass(frozen=True)
class ConversationKey:
    """Where a conversation takes place, in the channel's own ids.

    `account` is the bot, page or number on our side: two pages may use the same chat ids. `thread` is a topic within the chat.
    """

    channel: str
    account: str
    chat: str
    thread: str = ""

    def hashed(self) -> str:
        """A stable id that tells nothing about the customer, safe as a file name, Redis key and Rasa sender."""
        parts = "\x1f".join((self.channel, self.account, self.chat, self.thread))
        return hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()[:32]


@dataclass(frozen=True)
class Facts:
    """What the bot must still know after any process died; kept in SQL, given to the brain with every turn.

    `introduced`: the customer was told that this is a machine. `failures`: times in a row the bot was of no help.
    `answer_id`: the answer given last, `answered_id` the message that asked for it. `question`, `question_id`: what was
    asked last, answered or asked back about, and its message. `others`: further candidates of that reading.
    `offered`: the buttons' answers offered last ("did you mean"). `notice`: the last notice, so that none is said twice in a row.
    `form`: the half-filled form of a dialogue. `contact`: how the customer can be reached.
    `invited`: the customer of a public conversation was told where to write in private.
    """

    introduced: bool = False
    failures: int = 0
    answer_id: str | None = None
    question: str | None = None
    question_id: int | None = None
    answered_id: int | None = None
    others: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()
    notice: str | None = None
    form: dict[str, Any] = field(default_factory=dict)
    contact: str | None = None
    invited: bool = False

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Facts:
        """Read facts from stored JSON; keys of other versions are left out."""
        known = {name: data[name] for name in cls.__dataclass_fields__ if name in data}
        for name in ("others", "offered"):
            known[name] = tuple(known.get(name) or ())
        return cls(**known)

    def as_dict(self) -> dict[str, Any]:
        """The facts as JSON-ready data."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass(frozen=True)
class Conversation:
    """A conversation as stored. `epoch` rises with each change of owner; a bot reply of an older epoch is never sent.

    `heard_at`: when the customer last wrote; None if never, or not since that is kept.
    """

    id: int
    key: ConversationKey
    owner: Owner
    epoch: int
    language: str | None
    facts: Facts
    heard_at: datetime | None = None
