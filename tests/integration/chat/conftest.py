"""A chat over a real store: what its visitors do over HTTP and WebSocket, and what is done behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import ClientWebSocketResponse
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import select

from bot.domain.reply import Reply, ReplyState
from bot.settings import Settings, Web
from bot.storage import outbox
from bot.storage.outbox import Started
from bot.storage.store import Store
from bot.storage.tables import conversation
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


async def answer(chat: Door, draft: Reply, state: ReplyState = ReplyState.SENT) -> Started | None:
    """Let the bot say something in the only conversation there is, and let it come as far as `state`. Returns the send, if one began."""

    def unit(connection: Any) -> Started | None:
        conversation_id = connection.execute(select(conversation.c.id)).scalar_one()
        epoch = -1 if state is ReplyState.DROPPED else 0  # a reply of before a claim
        outbox.queue_reply(connection, conversation_id, epoch, draft, sent=state is ReplyState.SENT)
        started = outbox.start(connection, 1) if state is not ReplyState.QUEUED else []
        if state is ReplyState.FAILED:
            outbox.settle_send(connection, started[0], state)
        return next(iter(started), None)

    began = await store_of(chat).write(unit)
    await hint(chat)
    return began


async def hint(chat: Door, word: str = "items") -> None:
    conversation_id = await store_of(chat).read(lambda c: c.execute(select(conversation.c.id)).scalar_one())
    doors_of(chat).live.tell(f"chat:{conversation_id}", word)


def doors_of(chat: Door) -> Doors:
    return chat.app[DOORS]


def store_of(chat: Door) -> Store:
    return doors_of(chat).store
