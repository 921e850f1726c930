"""What tests of Discourse wait for, and a channel alone."""

from __future__ import annotations

import asyncio
from typing import Any

from sqlalchemy import select

from bot.assembly import FrontLine
from bot.channels.discourse import DiscourseSettings
from bot.domain.conversation import ConversationKey
from bot.domain.reply import Outgoing, Reply, ReplyKind
from bot.storage.tables import message
from tests.fakes.discourse import KEY, SECRET, FakeDiscourse
from tests.fakes.discourse_world import BOT, Topic

CANCEL = "Wie kündige ich meinen Vertrag?"


PATIENCE = 20.0


async def settled(house: FrontLine, messages: int) -> list[Any]:
    """The messages as they are once so many are there and none of them waits."""
    async with asyncio.timeout(PATIENCE):
        while True:
            rows = await house.store.read(lambda connection: connection.execute(select(message)).all())
            if len(rows) == messages and all(row.state not in ("queued", "running") for row in rows):
                return list(rows)
            await asyncio.sleep(0.02)


async def posted(forum: FakeDiscourse, topic: Topic, posts: int = 1) -> list[str]:
    """What the bot has posted into a topic, once it is so much."""
    async with asyncio.timeout(PATIENCE):
        while len(forum.of_bot(topic)) < posts:
            await asyncio.sleep(0.02)
    return [post["raw"] for post in forum.of_bot(topic)]


def settings_for(forum: FakeDiscourse, **more: Any) -> DiscourseSettings:
    """Settings for the fake, with some changed."""
    told: dict[str, Any] = {"url": forum.url, "username": BOT.username, "api_key": KEY, "webhook_secret": SECRET}
    return DiscourseSettings(**told | {"categories": ("hilfe",), "bot_name": "Fernblick-Assistent"} | more)


def saying(topic: Topic, text: str) -> Outgoing:
    """A reply of the bot on its way out."""
    return Outgoing(1, ConversationKey("discourse", "x", "23", str(topic.id)), Reply(ReplyKind.BOT, text), answers="1")
