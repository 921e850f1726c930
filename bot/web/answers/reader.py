"""Answers as a reader sees them: one language, one form of address, addresses of pages, and their like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from markupsafe import Markup

from bot.channels.markup import to_html
from bot.domain.address import address
from bot.domain.answer import Answer, CommunityReply
from bot.web.answers.texts import Form, date_in, texts

EXCERPT = 150  # characters
PREVIEWED = 4  # questions a topic on the first page
PAGE = 40  # questions a page of one topic
RELATED = 5


@dataclass(frozen=True)
class Topic:
    """A topic with the answers that belong to it."""

    key: str
    title: str
    answers: list[Answer]


class Reader:
    """Reads answers out in one language. `written_in` may differ: a community answer exists in one language only."""

    def __init__(self, language: str, form: Form) -> None:
        self.language = language
        self.t = texts(language, form)
        self._form: Form = form

    def question(self, item: Answer) -> str:
        """The question."""
        return self._worded(item, item.text_in(self.language).question)

    def written_in(self, item: Answer) -> str:
        """The language the answer is really in."""
        return item.text_in(self.language).language

    def html(self, item: Answer) -> Markup:
        """The company's answer, or what the member of the community asked at length."""
        return Markup(to_html(self._worded(item, item.text_in(self.language).text)))  # noqa: S704  # an allow-list of tags

    def reply_html(self, reply: CommunityReply) -> Markup:
        """What a member of the community answered."""
        return Markup(to_html(reply.text))  # noqa: S704

    def excerpt(self, item: Answer) -> str:
        """The first words of the answer, without formatting."""
        best, short = item.best_reply(), self._worded(item, item.text_in(self.language).short)
        text = short or (self.reply_html(best) if best else self.html(item)).striptags()
        return text if len(text) <= EXCERPT else text[:EXCERPT].rsplit(" ", 1)[0] + " …"

    def date(self, reply: CommunityReply) -> str:
        """When a reply was written."""
        return date_in(self.t, reply.written)

    def asked(self, item: Answer) -> str:
        """When a question was asked; empty where nobody knows."""
        return date_in(self.t, item.asked) if item.asked else ""

    def counted(self, key: str, n: int) -> str:
        """A text with a number in it, in the singular for one."""
        return self.t[f"{key}.one" if n == 1 else f"{key}.many"].format(n=n)

    def path(self, item: Answer, language: str | None = None) -> str:
        """Where the answer is, in `language` (else the reader's)."""
        return f"/answers/{quote(item.id, safe='')}?{urlencode({'language': language or self.language})}"

    def topics(self, items: Sequence[Answer]) -> list[Topic]:
        """The answers by topic, topics by their title; in each those first that are in the reader's language."""
        grouped: dict[str, list[Answer]] = {}
        for item in items:
            grouped.setdefault(item.topic, []).append(item)
        found = [Topic(key, self._title(members), self._own_first(members)) for key, members in grouped.items()]
        return sorted(found, key=lambda topic: topic.title.casefold())

    def related(self, item: Answer, items: Sequence[Answer]) -> list[Answer]:
        """Others of the same topic: those that follow this one, so that every answer leads on to different ones."""
        same = [other for other in items if other.topic == item.topic]
        place = next((index for index, other in enumerate(same) if other.id == item.id), 0)
        following = [*same[place + 1 :], *same[:place]]
        return self._own_first(following)[:RELATED]

    def topic_title(self, item: Answer) -> str:
        """The topic as customers read it."""
        return self._title([item])

    def _title(self, members: Sequence[Answer]) -> str:
        return address(members[0].topic_title(self.language), self._form)

    def _own_first(self, items: Sequence[Answer]) -> list[Answer]:
        return sorted(items, key=lambda item: self.written_in(item) != self.language)

    def _worded(self, item: Answer, text: str) -> str:
        # what members of the community wrote is theirs, braces included
        return address(text, self._form) if item.kind == "faq" else text


def replies_in_order(item: Answer) -> list[CommunityReply]:
    """The accepted reply, then the others by votes; of equal ones the older first."""
    return sorted(item.replies, key=lambda reply: (not reply.accepted, -reply.votes, reply.written))
