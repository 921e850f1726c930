"""Whoever takes for ever over headers, over a body or over an answer is let go at the deadline, and nobody else notices."""

from __future__ import annotations

import asyncio
import contextlib
import socket

import aiohttp
import pytest

from tests.hostile.conftest import Serve
from tests.hostile.vendors import HOOK, SECRET

MANY = 100
PATIENCE = 0.5  # seconds
WITHIN = 60.0  # seconds: long beyond any deadline, for a test that would wait for ever

SECRETS = f"X-Telegram-Bot-Api-Secret-Token: {SECRET}\r\n"
DOORS = [
    ("POST /chat/api/start", ""),
    ("POST /chat/api/messages", "Authorization: Bearer x\r\n"),
    (f"POST {HOOK}", SECRETS),
    ("POST /sign-in", "Content-Type: application/x-www-form-urlencoded\r\n"),
    ("POST /desk/language", "X-CSRF-Token: x\r\n"),
    ("POST /desk/api/cases/1/reply", "Content-Type: application/x-www-form-urlencoded\r\n"),
    ("GET /answers", ""),
    ("POST /nowhere", ""),
]
ANSWERED_BEFORE = {
    "GET /answers": 200,
    "POST /nowhere": 404,
    "POST /chat/api/messages": 401,
    "POST /desk/language": 403,
}


async def _drip(port: int, begun: str) -> bytes:
    """Send what is begun, then a byte now and then, until the other side closes; returns what it said."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(begun.encode())
    hearing = asyncio.create_task(_hear(reader))
    try:
        while not (await asyncio.wait([hearing], timeout=0.05))[0] and not writer.is_closing():
            writer.write(b"x")
        return await hearing
    finally:
        hearing.cancel()
        writer.transport.abort()


async def _hear(reader: asyncio.StreamReader) -> bytes:
    heard = b""
    with contextlib.suppress(ConnectionError):  # it closes while we are still sending: a reset, behind what it said
        while some := await reader.read(65536):
            heard += some
    return heard


async def _be_served(port: int, until: asyncio.Event) -> int:
    served = 0
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
        while not until.is_set():
            async with session.get("/chat/api/config") as response:
                assert response.status == 200
                served += len(await response.read()) > 0
    return served


async def test_slow_headers_and_slow_bodies_are_closed_while_others_are_served(serve: Serve) -> None:
    async with serve(patience=PATIENCE) as port, asyncio.timeout(WITHIN):
        over = asyncio.Event()
        other = asyncio.create_task(_be_served(port, over))
        heads = [_drip(port, "GET /chat/api/config HTTP/1.1\r\nHost: h\r\nX-Slow: ") for _ in range(MANY)]
        bodies = [
            _drip(port, f"{door} HTTP/1.1\r\nHost: h\r\n{headers}Content-Length: 60000\r\n\r\n")
            for door, headers in (DOORS * MANY)[:MANY]
        ]
        answers = await asyncio.gather(*heads, *bodies)
        over.set()
        assert await other > 0
    assert set(answers[:MANY]) == {b""}
    for (door, _), answer in zip(DOORS * MANY, answers[MANY:], strict=False):
        assert answer[9:12] == b"%d" % ANSWERED_BEFORE.get(door, 408), (door, answer[:200])


async def test_a_second_request_of_a_connection_has_the_same_deadline(serve: Serve) -> None:
    async with serve(patience=PATIENCE) as port, asyncio.timeout(WITHIN):
        whole = "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n"
        assert (await _drip(port, f"{whole}GET /healthz HTTP/1.1\r\nX-Slow: ")).count(b"HTTP/1.1 200") == 1


async def test_a_connection_that_says_nothing_is_closed(serve: Serve) -> None:
    async with serve(patience=PATIENCE) as port, asyncio.timeout(WITHIN):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await reader.read() == b""
        writer.close()


@pytest.mark.parametrize(
    ("path", "taken"), [("/chat/api/config", 0), ("/chat/api/config", 1024), ("/static/shared/tokens.css", 0)]
)
async def test_who_hardly_takes_what_was_asked_for_makes_room_again(serve: Serve, path: str, taken: int) -> None:
    async with serve(patience=PATIENCE, connections=1) as port, asyncio.timeout(WITHIN):
        deaf = socket.socket()
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect(("127.0.0.1", port))
        deaf.setblocking(False)
        asking = asyncio.create_task(_ask_for_much(deaf, path))
        assert not await _is_served(port)
        while not await _is_served(port):
            await asyncio.sleep(PATIENCE / 20)
            with contextlib.suppress(BlockingIOError, ConnectionError):
                deaf.recv(taken)
        asking.cancel()
        deaf.close()


async def _ask_for_much(deaf: socket.socket, path: str) -> None:
    """Ask for more than the system keeps for a connection."""
    with contextlib.suppress(ConnectionError):
        request = f"GET {path} HTTP/1.1\r\nHost: h\r\n\r\n".encode()
        await asyncio.get_running_loop().sock_sendall(deaf, request * 20_000)


async def _is_served(port: int) -> bool:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    try:
        return b" 200 " in await _hear(reader)
    finally:
        writer.close()
