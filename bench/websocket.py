"""As much of a WebSocket client (RFC 6455) as pages that only listen need, and no more: thousands shall fit into one process."""

from __future__ import annotations

import asyncio
import time
import zlib
from collections.abc import Callable
from typing import cast
from urllib.parse import urlsplit

TEXT, PING, PONG = 0x1, 0x9, 0xA
_BROWSER = (
    "Connection: Upgrade\r\nPragma: no-cache\r\nCache-Control: no-cache\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: de-DE,de;q=0.9,en;q=0.8\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
)


def handshake(base: str, path: str, cookie: str = "") -> bytes:
    """What a browser asks for a WebSocket with, all its headers included: a server keeps them as long as the socket is open."""
    lines = f"GET {path} HTTP/1.1\r\nHost: {urlsplit(base).netloc}\r\n{_BROWSER}Origin: {base}\r\n"
    return (lines + (f"Cookie: {cookie}\r\n" if cookie else "") + "\r\n").encode()


def frame(opcode: int, payload: bytes, *, compressed: bool = False) -> bytes:
    """A whole message as a client sends it, below 64 kB. Masked with zeros, which leaves the payload as it is."""
    size = bytes([0x80 | len(payload)]) if len(payload) < 126 else b"\xfe" + len(payload).to_bytes(2, "big")
    return bytes([0x80 | (0x40 if compressed else 0) | opcode]) + size + bytes(4) + payload


def deflated(text: bytes) -> bytes:
    """The first message of a connection as permessage-deflate (RFC 7692) sends it."""
    deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return (deflate.compress(text) + deflate.flush(zlib.Z_SYNC_FLUSH)).removesuffix(b"\x00\x00\xff\xff")


def frames_in(data: bytes) -> tuple[list[tuple[int, bytes]], bytes]:
    """The whole frames at the start of what a server sent, as (opcode, payload), and the rest."""
    found = []
    while len(data) >= 2:
        size, at = data[1] & 0x7F, 2
        if size >= 126:
            at += 2 if size == 126 else 8
            size = int.from_bytes(data[2:at], "big")
        if len(data) < at + size:
            break
        found.append((data[0] & 0x0F, data[at : at + size]))
        data = data[at + size :]
    return found, data


class Page(asyncio.Protocol):
    """A page: asks for a socket, sends `first(the server's answer)`, answers pings, and notes when it hears something.

    `open` is done with the first message, or with the answer where there is nothing to send first.
    """

    def __init__(self, hello: bytes, first: Callable[[bytes], bytes]) -> None:
        self._hello = hello
        self._first = first
        self._rest = b""
        self._shaken = False
        self.alive = False
        self.heard: float | None = None
        self.open: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own is none by inheritance
        self._transport.write(self._hello)
        self.alive = True

    def data_received(self, data: bytes) -> None:
        """Shake hands, then listen."""
        self._rest += data
        if not self._shaken and not self._shake():
            return
        frames, self._rest = frames_in(self._rest)
        for opcode, payload in frames:
            if opcode == PING:
                self._transport.write(frame(PONG, payload))
            elif opcode == TEXT:
                self.heard = self.heard or time.perf_counter()
                self._opened()

    def connection_lost(self, error: Exception | None) -> None:
        """Whoever is let go of before anything was said was never open."""
        self.alive = False
        if not self.open.done():
            self.open.set_exception(error or ConnectionError(f"let go with {self._rest[:80]!r}"))

    def close(self) -> None:
        """Leave."""
        self._transport.close()

    def _shake(self) -> bool:
        head, found, rest = self._rest.partition(b"\r\n\r\n")
        if not found or not head.startswith(b"HTTP/1.1 101"):
            return False
        self._shaken, self._rest = True, rest
        if first := self._first(head):
            self._transport.write(first)
        else:
            self._opened()
        return True

    def _opened(self) -> None:
        if not self.open.done():
            self.open.set_result(None)
