"""A chat over a real store: what its visitors do over HTTP and WebSocket, and what is done behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import ClientWebSocketResponse
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import select, update

from bot.domain.reply import Reply
from bot.settings import Settings, Web
from bot.storage.outbox import queue_reply
from bot.storage.store import Store
from bot.storage.tables import conversation, reply
from bot.web.app import build_app
from bot.web.doors import DOORS, Doors

FRIEND = "https://www.fernblick.example"
Door = TestClient[Any, Any]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """One other site may use the chat."""
    return Settings(home=tmp_path, web=Web(chat_origins=(FRIEND,)))


@pytest.fixture
async def chat(doors: Doors) -> AsyncIterator[Door]:
    """A browser of somebody whom nobody knows yet."""
    async with TestClient(TestServer(build_app(doors, []))) as client:
        yield client


async def begin(chat: Door) -> dict[str, str]:
    response = await chat.post("/chat/api/start", json={"language": "de"})
    assert response.status == 201
    return {"Authorization": f"Bearer {(await response.json())['token']}"}


async def say(chat: Door, visitor: dict[str, str], text: str = "Hallo", client_id: str | None = None) -> Any:
    body = {"client_id": client_id or str(uuid4()), "text": text}
    return await chat.post("/chat/api/messages", json=body, headers=visitor)


async def transcript(chat: Door, visitor: dict[str, str], after: int = 0) -> dict[str, Any]:
    response = await chat.get(f"/chat/api/transcript?after={after}", headers=visitor)
    assert response.status == 200
    answer: dict[str, Any] = await response.json()
    return answer


async def hear(chat: Door, visitor: dict[str, str], after: int = 0) -> ClientWebSocketResponse:
    socket = await chat.ws_connect("/chat/api/live")
    await socket.send_json({"token": visitor["Authorization"].removeprefix("Bearer "), "after": after})
    return socket


async def answer(chat: Door, draft: Reply, *, state: str = "sent") -> int:
    """Let the bot say something in the only conversation there is."""

    def unit(connection: Any) -> int:
        conversation_id = connection.execute(select(conversation.c.id)).scalar_one()
        reply_id = queue_reply(connection, conversation_id, 0, draft)
        connection.execute(update(reply).where(reply.c.id == reply_id).values(state=state))
        return reply_id

    reply_id: int = await store_of(chat).write(unit)
    await hint(chat)
    return reply_id


async def hint(chat: Door, word: str = "items") -> None:
    conversation_id = await store_of(chat).read(lambda c: c.execute(select(conversation.c.id)).scalar_one())
    doors_of(chat).live.tell(f"chat:{conversation_id}", word)


def doors_of(chat: Door) -> Doors:
    return chat.app[DOORS]


def store_of(chat: Door) -> Store:
    return doors_of(chat).store
