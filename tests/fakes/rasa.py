"""A Rasa process on the loopback that behaves, or misbehaves as networks, proxies and dying processes do.

While it behaves it is strict: the token must be right, the request such as Rasa's own door takes, and what it says is what the local brain
says to the same turn. `faults` turn it bad; each is a way to answer a request that was read to its end.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from actions.requests import Malformed, TurnRequest, parse_read, parse_turn
from bot.brain.local import LocalBrain
from bot.domain.reading import Turn

TOKEN = "a-shared-secret"


@dataclass(frozen=True)
class Line:
    """A connection with somebody who asks."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def until_gone(self, seconds: float = 600) -> None:
        """Wait until the other side has hung up, no longer than this."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not (self.reader.at_eof() or self.writer.is_closing()):
                    await asyncio.sleep(0.01)


Fault = Callable[[Line, bytes], Awaitable[None]]
"""Instead of the good answer, given as bytes."""


class FakeRasa:
    """Use as an async context manager. `fault` is what it does instead of answering well; `turns` and `requests` are what it was asked.

    `form` is where it says that a dialogue stands; unset, where the local brain leaves it, which fills no fault form.
    """

    def __init__(self, brain: LocalBrain, *, token: str = TOKEN) -> None:
        self._brain = brain
        self._token = token
        self.fault: Fault | None = None
        self.form: dict[str, Any] | None = None
        self.turns: list[TurnRequest] = []
        self.requests = 0
        self.at_once = 0
        self.most_at_once = 0
        self.url = ""
        self._connections: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> FakeRasa:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self, port: int = 0) -> None:
        """Listen, again at the same address if `port` says so."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        """Go, and let go of whoever waits."""
        self._server.close()
        for task in (gone := list(self._connections)):
            task.cancel()
        await asyncio.gather(*gone, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            await self._converse(Line(reader, writer))
        except asyncio.CancelledError:  # by `stop`; passed on, asyncio's streams would log it as a fault
            return
        finally:
            self._connections.discard(task)
            writer.transport.abort()

    async def _converse(self, line: Line) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = await line.reader.readuntil(b"\r\n\r\n")
                fields = dict(one.split(": ", 1) for one in head.decode().split("\r\n")[1:] if ": " in one)
                body = await line.reader.readexactly(int(fields["Content-Length"]))
                self.requests += 1
                self.at_once += 1
                self.most_at_once = max(self.most_at_once, self.at_once)
                try:
                    good = await self._answer(head.split()[1].decode(), fields, body)
                    await (self.fault or well)(line, good)
                    await line.writer.drain()
                finally:
                    self.at_once -= 1

    async def _answer(self, path: str, fields: dict[str, str], body: bytes) -> bytes:
        if fields.get("Authorization") != f"Bearer {self._token}":
            return response(401, b'{"error": "the token is missing or wrong"}')
        try:
            if path == "/webhooks/frontline/read":
                read = parse_read(body)
                reading = await self._brain.read(str(read.text), read.context)
                return response(200, as_json({"reading": reading.data}))
            assert path == "/webhooks/frontline/turn", path
            request = parse_turn(body)
        except Malformed as malformed:
            return response(400, as_json({"error": str(malformed)}))
        self.turns.append(request)
        return response(200, as_json(await self._turn(request)))

    async def _turn(self, asked: TurnRequest) -> dict[str, Any]:
        button = (asked.button.name, asked.button.value or "") if asked.button else None
        taken = await self._brain.turn(Turn(asked.conversation, asked.message_id, asked.text, button, asked.context))
        acts = [{"act": act.name, **act.data} for act in taken.acts]
        return {
            "reading": taken.reading.data if taken.reading else None,
            "acts": acts,
            "form": self.form or taken.form or None,
        }


def as_json(data: Any) -> bytes:
    """JSON as Rasa's channel writes it."""
    return json.dumps(data).encode()


def response(status: int, body: bytes, *more: str) -> bytes:
    """A whole HTTP answer."""
    head = [f"HTTP/1.1 {status} x", "Content-Type: application/json", f"Content-Length: {len(body)}", *more]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


async def well(line: Line, good: bytes) -> None:
    """Answer well."""
    line.writer.write(good)


def saying(data: bytes) -> Fault:
    """Whatever is asked, these bytes are the answer, and the connection ends."""

    async def fault(line: Line, good: bytes) -> None:
        line.writer.write(data)
        line.writer.close()

    return fault


def answering(body: bytes, status: int = 200) -> Fault:
    """Whatever is asked, this is the answer's body."""

    async def fault(line: Line, good: bytes) -> None:
        line.writer.write(response(status, body))

    return fault


async def slow(line: Line, good: bytes) -> None:
    """Answer well, after 30 seconds."""
    await line.until_gone(30)
    line.writer.write(good)


async def reset(line: Line, good: bytes) -> None:
    """Reset the connection."""
    line.writer.transport.abort()


async def half_open(line: Line, good: bytes) -> None:
    """Take the request and never say a word."""
    await line.until_gone()


async def truncated(line: Line, good: bytes) -> None:
    """Break off in the middle."""
    line.writer.write(good[: len(good) // 2])
    await line.writer.drain()
    line.writer.close()


async def endless(line: Line, good: bytes) -> None:
    """A body that never ends, a little at a time."""
    line.writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not line.writer.is_closing():
        line.writer.write(b"1\r\n \r\n")
        await line.writer.drain()
        await asyncio.sleep(0.01)


async def endless_head(line: Line, good: bytes) -> None:
    """A head that never ends."""
    line.writer.write(b"HTTP/1.1 200 OK\r\n")
    while not line.writer.is_closing():
        line.writer.write(b"X-More: and more\r\n")
        await line.writer.drain()
        await asyncio.sleep(0.001)


async def redirecting(line: Line, good: bytes) -> None:
    """Point to a place that would answer well."""
    line.writer.write(response(307, b"", "Location: /webhooks/frontline/turn?again"))


async def gzipped(line: Line, good: bytes) -> None:
    """Send what was not asked for: a small body that would unpack to a hundred megabytes."""
    line.writer.write(response(200, gzip.compress(b" " * 100_000_000, 9), "Content-Encoding: gzip"))


async def huge(line: Line, good: bytes) -> None:
    """A good answer behind two megabytes of white space."""
    line.writer.write(response(200, b" " * 2_000_000 + good.partition(b"\r\n\r\n")[2]))


FAULTS: dict[str, Fault] = {
    "slow": slow,
    "reset": reset,
    "half_open": half_open,
    "truncated": truncated,
    "endless": endless,
    "endless_head": endless_head,
    "redirecting": redirecting,
    "gzipped": gzipped,
    "huge": huge,
    "no_http": saying(b"\x00\xff rubbish \r\n\r\n\r\n"),
    "hung_up": saying(b""),
    "no_json": answering(b"<html>Bad gateway</html>"),
    "nothing": answering(b""),
    "not_there": answering(b"", 404),
    "refusing": answering(b'{"error": "the token is missing or wrong"}', 401),
    "failing": answering(b'{"error": "the turn failed"}', 500),
    "overloaded": answering(b"<html>try later</html>", 503),
    "bad_request_of_a_stranger": answering(b"<html>400</html>", 400),
    "wrong_shape": answering(b'{"acts": "none", "reading": []}'),
}
"""Every way to go wrong, by name."""
