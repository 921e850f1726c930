"""A front line with every door open, and somebody before each of them."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from bot.assembly import FrontLine, front_line
from bot.settings import Discourse, Hours, Meta, MetaPage, MetaWhatsApp, Rasa, Settings, X
from tests.cast import Customer
from tests.fakes import x as fake_x
from tests.fakes.discourse import KEY, SECRET, FakeDiscourse
from tests.fakes.discourse_world import BOT, ZOE, Topic
from tests.fakes.graph import APP, APP_SECRET, VERIFY_TOKEN, FakeGraph
from tests.fakes.graph_pages import Page
from tests.fakes.graph_whatsapp import Number
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.homes import fresh_home
from tests.synapse import DOMAIN, Person, Synapse

PATIENCE = 60.0
_NUMBERS = count(1)


class Visitor(ABC):
    """Somebody before one door. `public`: others read along."""

    public = False

    @abstractmethod
    async def says(self, text: str) -> None:
        """They write something."""

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
class AtInbox(Visitor):
    """In Messenger, or in Instagram's messages."""

    graph: FakeGraph
    inbox: Any
    person: str

    async def says(self, text: str) -> None:
        self.inbox.says(self.person, text)
        await self.graph.push()

    async def hears(self) -> list[str]:
        return list(self.inbox.texts(self.person))


@dataclass
class AtWhatsApp(Visitor):
    """On WhatsApp."""

    graph: FakeGraph
    number: Number
    person: Any

    async def says(self, text: str) -> None:
        self.number.says(self.person, text)
        await self.graph.push()

    async def hears(self) -> list[str]:
        return self.number.texts(self.person)


@dataclass
class AtPage(Visitor):
    """Below a post of the company's page."""

    graph: FakeGraph
    page: Page
    comment: str = ""
    public = True

    async def says(self, text: str) -> None:
        self.comment = self.page.writes("6254857719999999", text)
        await self.graph.push()

    async def hears(self) -> list[str]:
        return self.page.below(self.comment) if self.comment else []


@dataclass
class AtX(Visitor):
    """On X, in posts that name the account."""

    x: fake_x.FakeX
    door: str
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
        self.x.summoned.add(tweet["id_str"])
        await self.x.call(self.door, {"for_user_id": fake_x.ME, "tweet_create_events": [tweet]})

    async def hears(self) -> list[str]:
        return [post["text"] for post in self.x.posts]


@dataclass
class AtXDirect(Visitor):
    """On X, in direct messages."""

    x: fake_x.FakeX
    door: str
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
        await self.x.call(self.door, {"for_user_id": fake_x.ME, "direct_message_events": [item], "users": users})

    async def hears(self) -> list[str]:
        return [one["text"] for one in self.x.messages if one["to"] == self.person]


@dataclass
class AtCommunity(Visitor):
    """In the community, with a topic of their own."""

    forum: FakeDiscourse
    topic: Topic | None = None
    public = True

    async def says(self, text: str) -> None:
        self.topic = self.forum.opens(ZOE, "Eine Frage an alle", text)
        await self.forum.push()

    async def hears(self) -> list[str]:
        return [post["raw"] for post in self.forum.of_bot(self.topic)] if self.topic is not None else []


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


@contextlib.asynccontextmanager
async def open_town(tmp_path: Path, server: Synapse) -> AsyncIterator[tuple[FrontLine, dict[str, Visitor]]]:
    """The front line, always open, and a visitor by the name of each channel."""
    async with contextlib.AsyncExitStack() as stack:
        telegram = await stack.enter_async_context(FakeTelegram())
        graph, x = await stack.enter_async_context(FakeGraph()), await stack.enter_async_context(fake_x.FakeX())
        forum = await stack.enter_async_context(FakeDiscourse())
        bot = f"bot-{secrets.token_hex(4)}"
        token = server.register(bot, "secret", "Fernblick-Assistent")
        page = Page(graph, "4711", "EAAG-page-token-of-the-tests")
        number = Number(graph, "106540352242922", "EAAJ-whatsapp-token-of-the-tests")
        settings = Settings(
            home=fresh_home(tmp_path),
            port=0,
            rasa=Rasa(enabled=False),
            hours=_always_open(),
            telegram={"token": TOKEN, "base_url": telegram.base_url},  # type: ignore[arg-type]
            meta=_meta(graph, page, number),
            x=_x(x),
            discourse=_community(forum),
            matrix={"homeserver": server.url, "account": f"@{bot}:{DOMAIN}", "token": token},  # type: ignore[arg-type]
        )
        house = await stack.enter_async_context(front_line(settings))
        base = f"http://127.0.0.1:{house.port}"
        assert await graph.subscribe(f"{base}/webhooks/meta")
        door = f"{base}/webhooks/x/{fake_x.ME}"
        forum.hook = f"{base}/webhooks/discourse/{forum.url.removeprefix('http://')}"
        person = await stack.enter_async_context(Person(server, "zoe", "Zoë Müller"))
        customer = await stack.enter_async_context(Customer(base))
        yield (
            house,
            {
                "web": AtWeb(customer),
                "telegram": AtTelegram(telegram),
                "messenger": AtInbox(graph, page.messenger, "6254857711234567"),
                "instagram": AtInbox(graph, page.instagram, "6254857711230000"),
                "whatsapp": AtWhatsApp(graph, number, number.customer()),
                "facebook": AtPage(graph, page),
                "x": AtX(x, door),
                "x_direct": AtXDirect(x, door),
                "discourse": AtCommunity(forum),
                "matrix": AtMatrix(person, f"@{bot}:{DOMAIN}"),
            },
        )
        for fake in (telegram, graph, x, forum):
            assert fake.mistakes == []  # type: ignore[attr-defined]


def _always_open() -> Hours:
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    return Hours.model_validate({"week": {day: {"opens": "00:00", "closes": "23:59:59"} for day in days}})


def _meta(graph: FakeGraph, page: Page, number: Number) -> Meta:
    pages = (MetaPage(id=page.id, token=SecretStr(page.token), instagram=page.instagram.id, comments=True),)
    numbers = (MetaWhatsApp(number_id=number.id, account_id=number.account, token=SecretStr(number.token)),)
    secrets = {"app_secret": SecretStr(APP_SECRET), "verify_token": SecretStr(VERIFY_TOKEN)}
    return Meta(app_id=APP, graph_url=graph.base_url, pages=pages, whatsapp=numbers, **secrets)


def _community(forum: FakeDiscourse) -> Discourse:
    keys = {"api_key": SecretStr(KEY), "webhook_secret": SecretStr(SECRET)}
    return Discourse(url=forum.url, username=BOT.username, categories=("hilfe",), **keys)


def _x(x: fake_x.FakeX) -> X:
    return X(
        consumer_key=SecretStr(fake_x.CONSUMER_KEY),
        consumer_secret=SecretStr(fake_x.CONSUMER_SECRET),
        access_token=SecretStr(fake_x.TOKEN),
        access_token_secret=SecretStr(fake_x.TOKEN_SECRET),
        base_url=x.base_url,
    )
