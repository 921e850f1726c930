"""Open pages are looked after when no hint comes, and those that have silently gone are let go."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse, WSCloseCode, WSMsgType
from sqlalchemy import select, update

from bot.domain.reply import Reply, ReplyKind
from bot.storage import live
from bot.storage.inbox import take
from bot.storage.outbox import queue_reply
from bot.storage.tables import conversation
from bot.web import pages
from tests.integration.chat.conftest import Door, begin, hear, say, store_of

Frames = asyncio.Queue[dict[str, Any]]


@asynccontextmanager
async def reading(socket: ClientWebSocketResponse) -> AsyncIterator[Frames]:
    """What the page is told, its first frame taken. Whoever reads answers pings."""
    frames: Frames = asyncio.Queue()

    async def read() -> None:
        async for message in socket:
            await frames.put(message.json())

    task = asyncio.create_task(read())
    try:
        await frames.get()
        yield frames
    finally:
        await socket.close()
        await task


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "PING_EVERY", 0.01)
    monkeypatch.setattr(live, "UNHURRIED", 3600.0)


def visit_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "UNHURRIED", 0.01)


async def test_news_of_which_the_hint_was_lost_is_told_all_the_same(
    chat: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor, other = await begin(chat), await begin(chat)
    async with reading(await hear(chat, visitor)) as heard, reading(await hear(chat, other)) as elsewhere:
        oldest = select(conversation.c.id).order_by(conversation.c.id).limit(1)
        own = await store_of(chat).read(lambda c: c.execute(oldest).scalar_one())
        await store_of(chat).write(lambda c: queue_reply(c, own, 0, Reply(ReplyKind.BOT, "leise"), sent=True))
        visit_often(monkeypatch)
        assert [item["text"] for item in (await heard.get())["items"]] == ["leise"]
        await store_of(chat).write(lambda c: c.execute(update(conversation).values(language="en")) and None)
        for frames in (heard, elsewhere):
            told = await frames.get()
            assert (told["items"], told["state"]["language"]) == ([], "en")


async def test_what_is_under_way_is_looked_at_until_it_is_settled(chat: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = await begin(chat)
    async with reading(await hear(chat, visitor)) as heard:
        await say(chat, visitor, "Hallo")
        assert (await heard.get())["items"][0]["state"] == "queued"
        await store_of(chat).write(lambda c: take(c, 1))
        visit_often(monkeypatch)
        assert (await heard.get())["items"][0]["state"] == "running"


async def test_a_page_that_answers_no_ping_is_let_go_and_the_others_stay(
    chat: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = await begin(chat)
    dead = await chat.ws_connect("/chat/api/live", autoping=False)
    await dead.send_json({"token": visitor["Authorization"].removeprefix("Bearer "), "after": 0})
    assert (await dead.receive()).type is WSMsgType.TEXT
    async with reading(await hear(chat, visitor)) as heard:
        visit_often(monkeypatch)
        assert (await dead.receive()).type is WSMsgType.PING
        while not dead.closed:
            await dead.receive()
        await say(chat, visitor, "noch da")
        assert [item["text"] for item in (await heard.get())["items"]] == ["noch da"]


async def test_who_stops_sends_every_page_away(chat: Door) -> None:
    visitor = await begin(chat)
    sockets = [await hear(chat, visitor) for _ in range(3)]
    for socket in sockets:
        await socket.receive_json()
    await chat.app.shutdown()
    for socket in sockets:
        assert (await socket.receive()).type is WSMsgType.CLOSE
        assert socket.close_code == WSCloseCode.GOING_AWAY
