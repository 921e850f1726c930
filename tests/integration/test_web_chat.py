"""The doors of the web chat over HTTP and WebSocket, with an outsider in the cast."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import select, update

from bot.channels.webchat import WebChat, key_of
from bot.delivery.inbox import Inbox
from bot.domain.message import Button
from bot.domain.reply import Reply, ReplyKind
from bot.handoff.desk import Desk
from bot.knowledge.library import Library
from bot.settings import Settings, Web
from bot.storage.live import LocalLive
from bot.storage.outbox import queue_reply
from bot.storage.schema import upgrade
from bot.storage.store import Store
from bot.storage.tables import conversation, message, reply, web_visitor
from bot.web.app import build_app
from bot.web.chat.limits import Buckets, Rate
from bot.web.chat.routes import LIMITS
from bot.web.doors import DOORS, Doors

# aiohttp-session names its request keys by strings; nothing of ours
pytestmark = pytest.mark.filterwarnings("ignore::aiohttp.web.NotAppKeyWarning")
FRIEND = "https://www.fernblick.example"
Door = TestClient[Any, Any]


@pytest.fixture
async def chat(tmp_path: Path) -> AsyncIterator[Door]:
    store = Store(f"sqlite:///{tmp_path}/test.db")
    upgrade(store.engine)
    live = LocalLive()
    settings = Settings(home=tmp_path, web=Web(chat_origins=(FRIEND,)))
    app = build_app(Doors(settings, store, live, Inbox(store, live), Desk(store, live), Library(store)), [])
    async with TestClient(TestServer(app)) as client:
        yield client
    store.close()


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


async def hear(chat: Door, visitor: dict[str, str], after: int = 0) -> ClientWebSocketResponse:
    socket = await chat.ws_connect("/chat/api/live")
    await socket.send_json({"token": visitor["Authorization"].removeprefix("Bearer "), "after": after})
    return socket


async def test_the_page_and_the_script_are_served(chat: Door) -> None:
    page = await chat.get("/", headers={"Accept-Language": "en-GB"})
    assert "<frontline-chat" in await page.text()
    script = await chat.get("/chat.js")
    assert script.headers["Access-Control-Allow-Origin"] == "*"
    assert script.headers["Cache-Control"] == "no-cache"
    again = await chat.get("/chat.js", headers={"If-None-Match": script.headers["ETag"]})
    assert again.status == 304
    for path in ("/static/chat/frontline-chat.js", "/static/chat/chat.css", "/static/shared/tokens.css"):
        part = await chat.get(path)
        assert (part.status, part.headers["Access-Control-Allow-Origin"]) == (200, "*")


async def test_the_first_load_is_light(chat: Door) -> None:
    folder = Path(__file__).parents[2] / "bot" / "web"
    files = [*(folder / "chat" / "static").iterdir(), folder / "static" / "tokens.css"]
    assert sum(file.stat().st_size for file in files) < 150_000


@pytest.mark.parametrize("language", ["de", "en"])
async def test_config_speaks_the_language(chat: Door, language: str) -> None:
    config = await (await chat.get(f"/chat/api/config?language={language}")).json()
    assert config["language"] == language
    assert config["texts"]["send"] == {"de": "Senden", "en": "Send"}[language]
    assert not [text for text in config["texts"].values() if "|" in text]


async def test_a_message_is_kept_and_shown(chat: Door) -> None:
    visitor = await begin(chat)
    client_id = str(uuid4())
    response = await say(chat, visitor, "<b>Hallo</b>", client_id)
    assert (response.status, await response.json()) == (202, {"client_id": client_id, "position": 1})
    [item] = (await transcript(chat, visitor))["items"]
    assert (item["from"], item["text"], item["html"], item["client_id"]) == (
        "customer",
        "<b>Hallo</b>",
        None,
        client_id,
    )


async def test_the_same_message_again_is_the_same(chat: Door) -> None:
    visitor = await begin(chat)
    client_id = str(uuid4())
    answers = await asyncio.gather(*(say(chat, visitor, "Hallo", client_id) for _ in range(5)))
    assert {answer.status for answer in answers} == {202}
    assert len({(await answer.json())["position"] for answer in answers}) == 1
    assert len((await transcript(chat, visitor))["items"]) == 1


async def test_the_token_is_stored_as_a_hash_only(chat: Door) -> None:
    visitor = await begin(chat)
    token = visitor["Authorization"].removeprefix("Bearer ")
    assert len(token) >= 43  # 256 bit in base64
    stored = await store_of(chat).read(lambda c: c.execute(select(web_visitor.c.token_hash)).scalars().all())
    assert token not in stored


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer nonsense", "Bearer é", "Basic abc", "Bearer " + "x" * 2000])
async def test_an_outsider_sees_and_says_nothing(chat: Door, header: str) -> None:
    await say(chat, await begin(chat), "geheim")
    headers = {"Authorization": header}
    assert (await chat.get("/chat/api/transcript", headers=headers)).status == 401
    assert (await say(chat, headers)).status == 401
    socket = await chat.ws_connect("/chat/api/live")
    await socket.send_json({"token": header.partition(" ")[2], "after": 0})
    assert (await socket.receive()).type is WSMsgType.CLOSE
    assert socket.close_code == 4401


async def test_another_visitor_sees_only_their_own(chat: Door) -> None:
    await say(chat, await begin(chat), "geheim")
    outsider = await begin(chat)
    assert (await transcript(chat, outsider))["items"] == []
    socket = await hear(chat, outsider)
    assert (await socket.receive_json())["items"] == []
    await socket.close()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[" * 60_000, 400),
        (b'{"client_id": 1, "text": "x"}', 400),
        (b'"\\ud800"', 400),
        (b"9" * 6000, 400),
        (b"\xff\xfe", 400),
        (b"x" * (64 * 1024 + 1), 413),
    ],
)
async def test_broken_bodies_are_refused_with_a_sentence(chat: Door, body: bytes, status: int) -> None:
    response = await chat.post("/chat/api/messages", data=body, headers=await begin(chat))
    assert response.status == status
    assert (await response.json())["error"]


async def test_half_a_surrogate_pair_is_cleaned(chat: Door) -> None:
    visitor = await begin(chat)
    body = b'{"client_id": "%s", "text": "a\\ud800b"}' % str(uuid4()).encode()
    assert (await chat.post("/chat/api/messages", data=body, headers=visitor)).status == 202
    assert [item["text"] for item in (await transcript(chat, visitor))["items"]] == ["a?b"]


@pytest.mark.parametrize("language", [None, "xx", 5, ["de"], {"$ne": ""}])
async def test_an_unknown_language_is_refused(chat: Door, language: Any) -> None:
    assert (await chat.post("/chat/api/start", json={"language": language})).status == 400


@pytest.mark.parametrize("after", ["-1", "x", "1e3", "9" * 40, "٣"])
async def test_a_position_must_be_one(chat: Door, after: str) -> None:
    response = await chat.get("/chat/api/transcript", params={"after": after}, headers=await begin(chat))
    assert response.status == 400


async def test_too_many_messages_are_refused(chat: Door) -> None:
    visitor = await begin(chat)
    chat.app[LIMITS].messages = Buckets(Rate(2, 0.01))
    assert [(await say(chat, visitor)).status for _ in range(3)] == [202, 202, 429]


@pytest.mark.parametrize(("origin", "allowed"), [(FRIEND, FRIEND), ("https://evil.example", None), ("null", None)])
async def test_only_named_sites_may_use_the_api(chat: Door, origin: str, allowed: str | None) -> None:
    headers = {"Origin": origin}
    for response in (
        await chat.options("/chat/api/messages", headers=headers),
        await chat.get("/chat/api/config", headers=headers),
        await chat.get("/chat/api/transcript", headers=headers),  # a refusal must be readable, too
    ):
        assert response.headers.get("Access-Control-Allow-Origin") == allowed
        assert "Access-Control-Allow-Credentials" not in response.headers
        assert not response.cookies
    socket = await chat.get("/chat/api/live", headers={**headers, "Upgrade": "websocket", "Connection": "Upgrade"})
    assert (socket.status == 403) is (allowed is None)


async def test_answers_come_as_safe_html_with_source_and_buttons(chat: Door) -> None:
    visitor = await begin(chat)
    draft = Reply(ReplyKind.BOT, "**Ja** <script>", markdown=True, buttons=(Button("helped_yes", "a", "Ja"),))
    await answer(chat, draft)
    [item] = (await transcript(chat, visitor))["items"]
    assert (item["from"], item["text"], item["html"]) == (
        "bot",
        "Ja <script>",
        "<p><strong>Ja</strong> &lt;script&gt;</p>",
    )
    assert item["buttons"] == [{"name": "helped_yes", "value": "a", "label": "Ja"}]
    assert item["name"] == "Fernblick-Assistent"


async def test_what_is_not_sent_yet_is_not_shown(chat: Door) -> None:
    visitor = await begin(chat)
    for state in ("queued", "sending", "dropped", "failed"):
        await answer(chat, Reply(ReplyKind.BOT, state), state=state)
    assert (await transcript(chat, visitor))["items"] == []


async def test_news_is_told_live(chat: Door) -> None:
    visitor = await begin(chat)
    socket = await hear(chat, visitor)
    first = await socket.receive_json()
    assert first == {
        "type": "items",
        "items": [],
        "state": {"owner": "bot", "agent": None, "waiting": False, "language": "de"},
    }
    await say(chat, visitor, "Hallo")
    assert [item["text"] for item in (await socket.receive_json())["items"]] == ["Hallo"]
    await answer(chat, Reply(ReplyKind.BOT, "Guten Tag"))
    assert [item["text"] for item in (await socket.receive_json())["items"]] == ["Guten Tag"]
    name = await store_of(chat).read(lambda c: c.execute(select(conversation.c.chat)).scalar_one())
    await WebChat(doors_of(chat).live).typing(key_of(name))
    assert await socket.receive_json() == {"type": "typing", "who": "bot", "on": True}
    await hint(chat, "typing:agent")
    assert await socket.receive_json() == {"type": "typing", "who": "agent", "on": True}
    await socket.close()


async def test_a_reply_that_becomes_visible_late_is_told_all_the_same(chat: Door) -> None:
    visitor = await begin(chat)
    socket = await hear(chat, visitor)
    await socket.receive_json()
    reply_id = await answer(chat, Reply(ReplyKind.BOT, "spät"), state="sending")
    await say(chat, visitor, "eilig")
    assert [item["position"] for item in (await socket.receive_json())["items"]] == [2]
    await store_of(chat).write(lambda c: c.execute(update(reply).where(reply.c.id == reply_id).values(state="sent")))
    await hint(chat)
    assert [item["position"] for item in (await socket.receive_json())["items"]] == [1]
    await socket.close()


async def test_a_page_that_comes_back_is_told_what_it_missed(chat: Door) -> None:
    visitor = await begin(chat)
    await say(chat, visitor, "eins")
    await say(chat, visitor, "zwei")
    socket = await hear(chat, visitor, after=1)
    assert [item["text"] for item in (await socket.receive_json())["items"]] == ["zwei"]
    await socket.close()


async def test_what_was_seen_counts_as_delivered(chat: Door) -> None:
    visitor = await begin(chat)
    await answer(chat, Reply(ReplyKind.BOT, "gelesen"))
    await answer(chat, Reply(ReplyKind.BOT, "ungelesen"))
    socket = await hear(chat, visitor)
    await socket.receive_json()
    with doors_of(chat).live.hear("desk") as desk:
        await socket.send_json({"type": "seen", "position": 1})
        assert await desk.next(5)
    query = select(reply.c.delivered_at).order_by(reply.c.position)
    read, unread = await store_of(chat).read(lambda c: c.execute(query).scalars().all())
    assert read is not None
    assert unread is None
    await socket.close()


@pytest.mark.parametrize("frame", ["", "x", "[]", "5", '{"token": 5}', '{"token": "x", "after": "1"}', '{"after": -1}'])
async def test_broken_first_frames_close_the_socket(chat: Door, frame: str) -> None:
    socket = await chat.ws_connect("/chat/api/live")
    await socket.send_str(frame)
    await socket.receive()
    assert socket.close_code == 4400


async def test_broken_later_frames_close_the_socket_and_hurt_nobody_else(chat: Door) -> None:
    visitor = await begin(chat)
    socket, other = await hear(chat, visitor), await hear(chat, visitor)
    await socket.receive_json()
    await other.receive_json()
    await socket.send_bytes(b"\x00")
    assert (await socket.receive()).type is WSMsgType.CLOSE
    await say(chat, visitor, "weiter")
    assert [item["text"] for item in (await other.receive_json())["items"]] == ["weiter"]
    await other.close()


async def test_the_customer_never_sees_the_reading(chat: Door) -> None:
    visitor = await begin(chat)
    await say(chat, visitor)
    await store_of(chat).write(lambda c: c.execute(update(message).values(reading={"secret": "urgent"}, brain="rasa")))
    response = await chat.get("/chat/api/transcript", headers=visitor)
    assert "secret" not in await response.text()
