"""What goes out: replies of the bot, its notices, and those of agents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.conversation import ConversationKey
from bot.domain.message import Button


class ReplyKind(StrEnum):
    """Who speaks. Bot replies and notices are the bot's word: none starts after an agent has claimed."""

    BOT = "bot"
    NOTICE = "notice"
    AGENT = "agent"


class ReplyState(StrEnum):
    """Where a reply is on its way out. `uncertain`: nobody knows whether it arrived; it is shown, and a person decides: never resent silently."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    DROPPED = "dropped"


@dataclass(frozen=True)
class Source:
    """Where an answer is from. `kind`: faq or community; `url` leads to its public page."""

    kind: str
    title: str
    url: str
    author: str = ""
    votes: int = 0


@dataclass(frozen=True)
class Reply:
    """Something to say, not yet stored. `text` is the small Markdown of answers (bold, lists, links) if `markdown`, else plain.

    `private`: in a public conversation, for the customer alone.
    """

    kind: ReplyKind
    text: str
    language: str = "de"
    markdown: bool = False
    buttons: tuple[Button, ...] = ()
    source: Source | None = None
    answer_id: str | None = None
    private: bool = False


@dataclass(frozen=True)
class Outgoing:
    """A stored reply that a channel is asked to send now. `id` is stable over attempts and serves as idempotency key.

    `heard_at`: when the customer last wrote. `answers`: the channel's id of the message that is answered, for channels that show it; `subject`: what that
    message was headed.
    """

    id: int
    key: ConversationKey
    reply: Reply
    author: str = ""
    heard_at: datetime | None = None
    answers: str = ""
    subject: str = ""


@dataclass(frozen=True)
class Receipt:
    """The channel took the reply. `message_id` is the channel's own id for it, where it gives one."""

    message_id: str = ""
