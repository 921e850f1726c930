"""/chat/api/live: news as it happens."""

from __future__ import annotations

import pytest
from aiohttp import WSMsgType
from sqlalchemy import select

from bot.channels.webchat import WebChat, key_of
from bot.domain.reply import Reply, ReplyKind, ReplyState
from bot.storage.outbox import settle_send
from bot.storage.tables import conversation, reply
from tests.integration.chat.conftest import Door, answer, begin, doors_of, hear, hint, say, store_of


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
    started = await answer(chat, Reply(ReplyKind.BOT, "spät"), ReplyState.SENDING)
    assert started is not None
    await say(chat, visitor, "eilig")
    assert [item["position"] for item in (await socket.receive_json())["items"]] == [2]
    await store_of(chat).write(lambda c: settle_send(c, started, ReplyState.SENT))
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
