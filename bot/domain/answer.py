"""An answer: what the company or its community says to one question, in the languages it exists in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class AnswerText:
    """One language of an answer: canonical `question`, Markdown `text`, `short` form for public channels.

    German texts carry both forms of address as `{du|Sie}`; `bot.domain.address` chooses.
    """

    language: str
    question: str
    text: str
    short: str = ""


@dataclass(frozen=True)
class Phrasing:
    """A way in which customers ask. A phrasing may be in a language the answer itself is not in."""

    language: str
    text: str


@dataclass(frozen=True)
class Link:
    """A link that belongs to an answer, with a title a language."""

    url: str
    titles: tuple[tuple[str, str], ...]

    def title(self, language: str) -> str:
        """The title in `language`, else in any language there is."""
        titles = dict(self.titles)
        return titles.get(language) or next(iter(titles.values()), self.url)


@dataclass(frozen=True)
class CommunityReply:
    """What one member of the community answered. `votes` counts who found it helpful."""

    author: str
    text: str
    votes: int
    accepted: bool
    written: datetime


@dataclass(frozen=True)
class Answer:
    """A published or publishable answer. `kind`: `faq` (the company's) or `community` (with its author and replies).

    It is given from `valid_from` on and before `valid_until`; None sets no limit.
    """

    id: str
    kind: str
    topic: str
    topic_titles: tuple[tuple[str, str], ...]
    texts: tuple[AnswerText, ...]
    phrasings: tuple[Phrasing, ...] = ()
    links: tuple[Link, ...] = ()
    author: str = ""
    asked: datetime | None = None
    replies: tuple[CommunityReply, ...] = ()
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    def text_in(self, language: str) -> AnswerText:
        """The text in `language`, else in the first language there is."""
        return next((text for text in self.texts if text.language == language), self.texts[0])

    def topic_title(self, language: str) -> str:
        """The topic as customers read it."""
        titles = dict(self.topic_titles)
        return titles.get(language) or next(iter(titles.values()), self.topic)

    def best_reply(self) -> CommunityReply | None:
        """The reply to pass on: the accepted one, else the one with most votes; None for an answer of the company."""
        return max(self.replies, key=lambda reply: (reply.accepted, reply.votes), default=None)
