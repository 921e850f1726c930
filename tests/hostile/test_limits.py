"""How much of everything there may be: headers, bodies, connections, pages of a visitor, frames a second."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import socket
from typing import Any

import aiohttp
import pytest

from bot.web import bodies
from bot.web.bodies import MAX_FIELDS, MAX_FORM
from bot.web.chat.socket import MAX_PAGES
from bot.web.listening import MAX_HEADERS, MAX_LINE, Crowd
from tests.hostile.conftest import Serve
from tests.hostile.vendors import HOOK, SECRET

TOLD = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
MANY_FIELDS = "&".join(f"a{number}=b" for number in range(MAX_FIELDS + 1)).encode()


def _to(port: int) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(f"http://127.0.0.1:{port}")


@pytest.mark.parametrize(
    ("path", "headers", "size", "status"),
    [
        ("/chat/api/start", {}, 64 * 1024 + 1, 413),
        (HOOK, TOLD, 4 * 1024 * 1024 + 1, 413),
        (HOOK, TOLD, 4 * 1024 * 1024, 400),
        ("/sign-in", FORM, MAX_FORM + 1, 413),
        ("/sign-out", FORM, MAX_FORM + 1, 413),
        ("/desk/language", FORM, MAX_FORM + 1, 413),
        ("/desk/api/cases/1/claim", FORM, MAX_FORM + 1, 413),
    ],
)
async def test_a_body_has_a_size(serve: Serve, path: str, headers: dict[str, str], size: int, status: int) -> None:
    async with (
        serve() as port,
        _to(port) as client,
        client.post(path, data=io.BytesIO(b"x" * size), headers=headers) as response,
    ):
        assert response.status == status


@pytest.mark.parametrize("announced", [True, False])
async def test_a_body_that_is_announced_too_large_is_not_waited_for(serve: Serve, announced: bool) -> None:
    head = "Content-Length: 99999999999" if announced else "Transfer-Encoding: chunked"
    async with serve() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"POST /chat/api/start HTTP/1.1\r\nHost: h\r\n{head}\r\n\r\n".encode())
        writer.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n1\r\nx\r\n")
        assert b" 413 " in await reader.readline()
        writer.close()


async def test_large_bodies_have_so_much_room_together_and_take_none_from_small_ones(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "MOST_LARGE", 1024 * 1024)
    large = b"x" * (3 * MAX_FORM)
    async with serve() as port, _to(port) as client, asyncio.timeout(60):

        async def posted(body: bytes) -> tuple[int, bool]:
            async with client.post(HOOK, data=io.BytesIO(body), headers=TOLD) as response:
                return response.status, "Retry-After" in response.headers

        assert await posted(large) == (400, False)
        _, slow = await asyncio.open_connection("127.0.0.1", port)
        slow.write(f"POST {HOOK} HTTP/1.1\r\nHost: h\r\nContent-Length: {2**20 + 1}\r\n\r\n".encode())
        slow.write(b"x" * 2**20)  # all but the last byte
        while await posted(large) != (503, True):
            await asyncio.sleep(0.01)
        assert await posted(b"x") == (400, False)
        slow.transport.abort()
        while await posted(large) != (400, False):
            await asyncio.sleep(0.01)


async def test_what_is_compressed_is_not_unpacked(serve: Serve) -> None:
    packed = gzip.compress(b'{"language": "de"}')
    async with serve() as port, _to(port) as client:
        headers = {"Content-Encoding": "gzip"}
        async with client.post("/chat/api/start", data=packed, headers=headers) as response:
            assert response.status == 400


async def test_a_form_has_so_many_fields(serve: Serve) -> None:
    async with serve() as port, _to(port) as client:
        response = await client.post("/sign-in", data=MANY_FIELDS, headers=FORM)
        assert response.status == 400


@pytest.mark.parametrize(
    "head",
    [
        "GET /" + "x" * MAX_LINE + " HTTP/1.1",
        "GET /healthz HTTP/1.1\r\nX: " + "canary" * MAX_LINE,
        "GET /healthz HTTP/1.1\r\n" + "canary" * MAX_LINE + ": x",
        "GET /healthz HTTP/1.1" + "\r\nX-Canary: x" * (MAX_HEADERS + 1),
        "GET /healthz HTTP/1.1\r\nCookie: " + "canary=x; " * MAX_LINE,
        "GET /healthz HTTP/1.1\r\nX-\x00Canary: canary",
        "GET /healthz HTTP/1.1\r\nContent-Length: 1canary",
        "CANARY /healthz HTTP/canary",
    ],
)
async def test_a_head_has_a_size_and_a_form_and_is_not_quoted(serve: Serve, head: str) -> None:
    async with serve() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"{head}\r\n\r\n".encode())
        answer = await reader.read(4096)
        writer.close()
    status, _, body = answer.partition(b"\r\n\r\n")
    assert (status.split()[1], json.loads(body)) == (b"400", {"error": "Bad Request"})


def test_connections_are_counted_in_all_and_by_address() -> None:
    crowd = Crowd(6, 2)
    arrivals = ["10.0.0.1", "10.0.0.1", "10.0.0.1", "2001:db8::1", "2001:db8::ffff", "2001:db8::2", "2001:db8:0:1::1"]
    assert [crowd.enter(address) for address in arrivals] == [True, True, False, True, True, False, True]
    crowd.leave("10.0.0.1")
    assert crowd.enter("10.0.0.1")
    assert [crowd.enter("127.0.0.1"), crowd.enter("127.0.0.1")] == [True, False]  # this machine, up to the whole
    crowd.leave("2001:db8::1")
    assert crowd.enter("::1")


async def test_a_connection_too_many_is_sent_away_until_another_goes(serve: Serve) -> None:
    async with serve(connections=2) as port:
        lines = [socket.create_connection(("127.0.0.1", port)) for _ in range(2)]
        async with _to(port) as client:
            with pytest.raises(aiohttp.ClientError):  # told 503, or reset where it was still speaking
                async with client.get("/healthz") as response:
                    response.raise_for_status()
            lines.pop().close()
            async with asyncio.timeout(20):
                while not await _is_well(client):
                    await asyncio.sleep(0.02)
        lines.pop().close()


async def _is_well(client: aiohttp.ClientSession) -> bool:
    try:
        async with client.get("/healthz") as response:
            return response.status == 200
    except aiohttp.ClientError:
        return False


async def _begun(client: aiohttp.ClientSession) -> str:
    async with client.post("/chat/api/start", json={"language": "de"}) as response:
        return str((await response.json())["token"])


async def _listening(client: aiohttp.ClientSession, token: str) -> tuple[aiohttp.ClientWebSocketResponse, Any]:
    page = await client.ws_connect("/chat/api/live")
    await page.send_json({"token": token, "after": 0})
    return page, (await page.receive()).data


async def test_a_visitor_listens_on_so_many_pages_and_another_is_not_touched(serve: Serve) -> None:
    async with serve() as port, _to(port) as client:
        token, other = await _begun(client), await _begun(client)
        pages = [await _listening(client, token) for _ in range(MAX_PAGES)]
        too_many, code = await _listening(client, token)
        assert (code, too_many.close_code) == (1013, 1013)
        elsewhere, news = await _listening(client, other)
        assert json.loads(news)["type"] == "items"
        await pages.pop()[0].close()
        async with asyncio.timeout(20):
            while (await _listening(client, token))[1] == 1013:
                await asyncio.sleep(0.02)
        await elsewhere.close()


async def test_a_frame_too_large_ends_the_socket(serve: Serve) -> None:
    async with serve() as port, _to(port) as client:
        page, _ = await _listening(client, await _begun(client))
        await page.send_str(json.dumps({"type": "x" * 5000}))
        await page.receive()
        assert page.close_code == 1009  # message too big: RFC 6455, section 7.4.1
