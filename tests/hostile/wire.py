"""HTTP and WebSocket as bytes on a socket, so that what no honest client would send can be sent."""

from __future__ import annotations

import base64
import contextlib
import http.client
import os
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

HANGS_AFTER = 10.0  # seconds; every answer takes milliseconds, but the machine may be busy


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")


class Wire:
    """One connection to a port of this machine, made anew when the other side has closed it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def ask(self, method: str, target: bytes, headers: list[tuple[bytes, bytes]], body: bytes = b"") -> Answer:
        """Send a well-framed request, whatever is in it."""
        lines = [b"%s %s HTTP/1.1" % (method.encode(), target), b"Host: h"]
        lines += [b"%s: %s" % header for header in headers]
        if body or method not in ("GET", "HEAD"):
            lines.append(b"Content-Length: %d" % len(body))
        return self.send(b"\r\n".join(lines) + b"\r\n\r\n" + body, method)

    def send(self, raw: bytes, method: str = "GET") -> Answer:
        """Send bytes and hear the answer. TimeoutError where none comes; on a kept connection that was closed meanwhile, once more."""
        kept = self._socket is not None
        try:
            return self._exchange(raw, method)
        except (ConnectionError, http.client.BadStatusLine):
            self.close()
            if not kept:
                raise
        return self._exchange(raw, method)

    def send_off(self, raw: bytes) -> Answer | None:
        """Send bytes and nothing after them; the first answer, if there is any before the other side hangs up."""
        with (
            contextlib.suppress(ConnectionError, http.client.BadStatusLine),
            socket.create_connection(("127.0.0.1", self._port), timeout=HANGS_AFTER) as line,
        ):
            line.sendall(raw)
            line.shutdown(socket.SHUT_WR)
            response = http.client.HTTPResponse(line)
            response.begin()
            return Answer(response.status, dict(response.getheaders()), response.read())
        return None

    def _exchange(self, raw: bytes, method: str) -> Answer:
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=HANGS_AFTER)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # refused before all was sent: hear why
            self._socket.sendall(raw)
        response = http.client.HTTPResponse(self._socket, method=method)
        response.begin()
        body = response.read()
        if response.will_close:
            self.close()
        return Answer(response.status, dict(response.getheaders()), body)


class SocketWire:
    """A WebSocket (RFC 6455) whose frames are made by hand."""

    def __init__(self, port: int, path: str, headers: str = "") -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=HANGS_AFTER)
        key = base64.b64encode(os.urandom(16)).decode()
        self._socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n{headers}\r\n".encode()
        )
        self._file = self._socket.makefile("rb")
        self.status = int(self._file.readline().split()[1])
        while self._file.readline().strip():
            pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._socket.close()

    def send(self, raw: bytes) -> None:
        """Send bytes as they are; whoever has hung up does not hear them."""
        with contextlib.suppress(ConnectionError):
            self._socket.sendall(raw)

    def leave(self) -> None:
        """Say nothing more, and close in order unless a torn frame is in the way."""
        self.send(framed(8, b"\x03\xe8"))
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    def receive(self) -> tuple[int, bytes] | None:
        """The next frame as (opcode, content); None once the other side has hung up."""
        try:
            head = self._file.read(2)
            if len(head) < 2:
                return None
            length = head[1] & 127
            if length > 125:
                size = 2 if length == 126 else 8
                length = int.from_bytes(self._file.read(size), "big")
            return head[0] & 15, self._file.read(length)
        except ConnectionError:
            return None

    def until_closed(self) -> int | None:
        """Hear everything to the end; returns the code of the close frame, if one came."""
        code = None
        while (frame := self.receive()) is not None:
            if frame[0] == 8 and len(frame[1]) >= 2:
                code = int.from_bytes(frame[1][:2], "big")
                self.send(framed(8, frame[1][:2]))
        return code


def framed(opcode: int, content: bytes, *, final: bool = True, masked: bool = True, reserved: int = 0) -> bytes:
    """A frame of a client."""
    first = (0x80 if final else 0) | reserved << 4 | opcode
    mask = 0x80 if masked else 0
    if len(content) < 126:
        head = struct.pack("!BB", first, mask | len(content))
    elif len(content) < 65536:
        head = struct.pack("!BBH", first, mask | 126, len(content))
    else:
        head = struct.pack("!BBQ", first, mask | 127, len(content))
    return head + (bytes(4) if masked else b"") + content
