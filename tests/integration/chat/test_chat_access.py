"""/chat/api: what outsiders, other visitors and other sites neither see nor say."""

from __future__ import annotations

import pytest
from aiohttp import WSMsgType

from tests.integration.chat.conftest import FRIEND, Door, begin, hear, say, transcript


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
