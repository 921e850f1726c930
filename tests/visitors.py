"""Somebody before every door of a front line, who says something there and hears what is said to them."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout

from tests.cast import Customer
from tests.fakes import x as fake_x
from tests.fakes.discourse import FakeDiscourse
from tests.fakes.discourse_world import ZOE, Topic
from tests.fakes.graph import FakeGraph
from tests.fakes.graph_pages import Page
from tests.fakes.telegram import FakeTelegram
from tests.post import Post
from tests.synapse import Person

PATIENCE = 60.0
INSISTENCE = 240.0  # seconds; vendors insist for hours, and a product that is killed again and again is away for most of a minute
CUSTOMER = "zoe@example.org"
_NUMBERS = count(1)


async def insist(call: Callable[[], Awaitable[bool]]) -> None:
    """Call until it is taken, as vendors do: nobody may be there for a while."""
    async with asyncio.timeout(INSISTENCE):
        while True:
            with contextlib.suppress(ClientError, TimeoutError):
                if await call():
                    return
            await asyncio.sleep(0.1)


class Visitor(ABC):
    """Somebody before one door. `public`: others read along."""

    public = False

    @abstractmethod
    async def says(self, text: str) -> None:
        """They write something; it is taken when this returns, or will be fetched."""

    @abstractmethod
    async def hears(self) -> list[str]:
        """All that they have been told so far, as they see it."""

    async def until(self, part: str) -> str:
        """Wait for words that hold `part`."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for text in await self.hears():
                    if part.casefold() in text.casefold():
                        return text
                await asyncio.sleep(0.05)


@dataclass
class AtWeb(Visitor):
    """In the chat on the company's page."""

    customer: Customer

    async def says(self, text: str) -> None:
        await self.customer.say(text)

    async def hears(self) -> list[str]:
        return [item["text"] for item in await self.customer.look() if item["from"] != "customer"]


@dataclass
class AtTelegram(Visitor):
    """In a chat of Telegram."""

    telegram: FakeTelegram
    chat: int = 1001

    async def says(self, text: str) -> None:
        self.telegram.customer_says(self.chat, text)

    async def hears(self) -> list[str]:
        return self.telegram.replies(self.chat)


@dataclass
class AtMeta(Visitor):
    """In Messenger, in Instagram's messages (`place` is an inbox there), or on WhatsApp (a number)."""

    graph: FakeGraph
    place: Any
    person: Any

    async def says(self, text: str) -> None:
        self.place.says(self.person, text)
        await insist(lambda: _pushed(self.graph))

    async def hears(self) -> list[str]:
        return list(self.place.texts(self.person))


@dataclass
class AtPage(Visitor):
    """Below a post of the company's page."""

    graph: FakeGraph
    page: Page
    comments: list[str] = field(default_factory=list)
    public = True

    async def says(self, text: str) -> None:
        self.comments.append(self.page.writes("6254857719999999", text))
        await insist(lambda: _pushed(self.graph))

    async def hears(self) -> list[str]:
        return [text for comment in self.comments for text in self.page.below(comment)]


async def _pushed(graph: FakeGraph) -> bool:
    return set(await graph.push()) <= {200}


@dataclass
class AtX(Visitor):
    """On X, in posts that name the account."""

    x: fake_x.FakeX
    tell: Callable[[dict[str, Any]], Awaitable[None]]
    public = True

    async def says(self, text: str) -> None:
        named = {"screen_name": fake_x.HANDLE, "id_str": fake_x.ME, "indices": [0, len(fake_x.HANDLE) + 1]}
        tweet = {
            "id_str": str(1001000000000000100 + next(_NUMBERS)),
            "text": f"@{fake_x.HANDLE} {text}",
            "created_at": "Thu Sep 24 10:40:01 +0000 2026",
            "user": {"id_str": fake_x.CUSTOMER, "name": "Zoë", "screen_name": "zoe_m"},
            "entities": {"user_mentions": [named], "urls": []},
        }
        await self.tell({"for_user_id": fake_x.ME, "tweet_create_events": [tweet]})

    async def hears(self) -> list[str]:
        return [post["text"] for post in self.x.posts]


@dataclass
class AtXDirect(Visitor):
    """On X, in direct messages."""

    x: fake_x.FakeX
    tell: Callable[[dict[str, Any]], Awaitable[None]]
    person: str = "2244994999"

    async def says(self, text: str) -> None:
        created = {
            "target": {"recipient_id": fake_x.ME},
            "sender_id": self.person,
            "message_data": {"text": text, "entities": {"urls": []}},
        }
        number = str(1002000000000000200 + next(_NUMBERS))
        item = {"type": "message_create", "id": number, "created_timestamp": "1790246402000", "message_create": created}
        users = {self.person: {"id": self.person, "name": "Jörg"}}
        await self.tell({"for_user_id": fake_x.ME, "direct_message_events": [item], "users": users})

    async def hears(self) -> list[str]:
        return [one["text"] for one in self.x.messages if one["to"] == self.person]


@dataclass
class AtCommunity(Visitor):
    """In the community, with a topic for each matter."""

    forum: FakeDiscourse
    topics: list[Topic] = field(default_factory=list)
    public = True

    async def says(self, text: str) -> None:
        self.topics.append(self.forum.opens(ZOE, "Eine Frage an alle", text))
        async with ClientSession(timeout=ClientTimeout(10)) as session:
            while self.forum.waiting:
                name, body = self.forum.waiting[0]
                await insist(lambda: self._delivered(session, name, body))  # noqa: B023  # awaited before the next
                self.forum.waiting.popleft()

    async def _delivered(self, session: ClientSession, name: str, body: bytes) -> bool:
        return await self.forum.deliver(session, name, body) == 200

    async def hears(self) -> list[str]:
        return [post["raw"] for topic in self.topics for post in self.forum.of_bot(topic)]


@dataclass
class AtMatrix(Visitor):
    """In a room of Matrix with the bot."""

    person: Person
    bot: str
    room: str = ""

    async def says(self, text: str) -> None:
        self.room = self.room or await self.person.opens_room(self.bot)
        await self.person.says(self.room, text)

    async def hears(self) -> list[str]:
        await self.person.look(100)
        return [content["body"] for content in self.person.heard(self.room, self.bot)]


@dataclass
class AtMail(Visitor):
    """By e-mail, a letter for each matter, which a provider hands in at the door."""

    post: Post
    hand_in: Callable[[bytes], Awaitable[None]]

    async def says(self, text: str) -> None:
        letter = (
            f"From: {CUSTOMER}\r\nMessage-ID: <{secrets.token_hex(8)}@example.org>\r\nSubject: Frage\r\n\r\n{text}\r\n"
        )
        await self.hand_in(letter.encode())

    async def hears(self) -> list[str]:
        parts = (mail.get_body(("plain",)) for mail in self.post.mails)
        return [part.get_content() for part in parts if part is not None]
