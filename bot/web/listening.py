"""Where connections come in: how many there may be, and how long one may take to say what it wants and to hear the answer.

aiohttp has a limit on neither, and where it refuses what is no HTTP it quotes what was sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import resource
import socket
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from http import HTTPStatus
from typing import cast

import structlog
from aiohttp import web

from bot.settings import Settings
from bot.settings.running import Network
from bot.web.address import is_proxy, network

SERVER = "frontline"  # aiohttp would tell versions
MAX_LINE = 8190  # bytes of the request line, and of one header
MAX_HEADERS = 64
WAITING = 1024  # connections the kernel keeps while we are busy
SPARE_FILES = 256  # descriptors for all that is no connection at a door: database, vendors, Redis, files being served
_LOG = structlog.get_logger()
_FULL = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class Crowd:
    """Who is connected: at most `most` at once, and `most_of_address` from one address (of IPv6, one /64).

    This machine and `proxies` are under the first limit alone, since they bring everybody.
    """

    def __init__(self, most: int, most_of_address: int, proxies: Sequence[Network] = ()) -> None:
        self._most, self._most_of_address = most, most_of_address
        self._proxies = proxies
        self._by_address: Counter[str] = Counter()
        self._all = 0

    def enter(self, address: str) -> bool:
        """Count one more from `address`; False where there is no room, and then nothing is counted."""
        if self._all >= self._most:
            return False
        if not is_proxy(address, self._proxies):
            if self._by_address[network(address)] >= self._most_of_address:
                return False
            self._by_address[network(address)] += 1
        self._all += 1
        return True

    def leave(self, address: str) -> None:
        """One that has entered is gone."""
        self._all -= 1
        if not is_proxy(address, self._proxies):
            left = self._by_address[network(address)] - 1
            self._by_address[network(address)] = left
            if not left:
                del self._by_address[network(address)]


class Connection(web.RequestHandler):
    """One connection, held to `patience` seconds.

    The headers of a request are to be there that long after the connection or the answer before (aiohttp's keep-alive sees to it), its body
    that long after them (`bodies.py`), and what is written is to be taken: whoever takes none of it for that long is let go.
    """

    def __init__(self, server: web.Server, crowd: Crowd, patience: float) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            keepalive_timeout=patience,
            lingering_time=min(patience, 10.0),
            max_line_size=MAX_LINE,
            max_field_size=MAX_LINE,
            max_headers=MAX_HEADERS,
            auto_decompress=False,  # no vendor and no page of ours compresses what it sends
        )
        self._crowd = crowd
        self._patience = patience
        self._address: str | None = None
        self._stuck: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let it in if there is room."""
        transport = cast(asyncio.Transport, transport)
        address = str((transport.get_extra_info("peername") or ("",))[0])
        if not self._crowd.enter(address):
            transport.write(_FULL)
            transport.close()
            return
        self._address = address
        # For the little that pause_writing is not told of, and for what is still unsent when we have closed: tcp(7).
        line = transport.get_extra_info("socket")
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(self._patience * 1000))
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Take what comes; of those that were not let in, nothing."""
        if self._address is not None:
            super().data_received(data)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Make room."""
        if self._stuck is not None:
            self._stuck.cancel()
        if self._address is not None:
            self._crowd.leave(self._address)
            self._address = None
            super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Much waits to be taken: from now on patience runs."""
        super().pause_writing()
        if self.transport is not None:
            self._stuck = asyncio.get_running_loop().call_later(self._patience, self.transport.abort)

    def resume_writing(self) -> None:
        """It was taken."""
        super().resume_writing()
        if self._stuck is not None:
            self._stuck.cancel()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = HTTPStatus.INTERNAL_SERVER_ERROR,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what is no HTTP, or what failed outside the application, in our own words: the parser's quote what was sent."""
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            _LOG.error("connection.failed", exc_info=exc)
        else:
            _LOG.debug("connection.malformed", fault=type(exc).__name__)
        if request.writer.output_size:
            raise ConnectionError("the answer has begun already")
        response = web.json_response({"error": HTTPStatus(status).phrase}, status=status)
        response.headers["Server"] = SERVER
        response.force_close()
        return response


def _files_for(connections: int) -> int:
    """Ask the system for as many file descriptors as `connections` need; returns how many connections there can be."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = connections + SPARE_FILES
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        if soft < needed:
            _LOG.warning("connections.fewer", wanted=connections, possible=soft - SPARE_FILES, hint="raise ulimit -n")
    return connections if soft == resource.RLIM_INFINITY else min(connections, soft - SPARE_FILES)


@contextlib.asynccontextmanager
async def listening(app: web.Application, settings: Settings) -> AsyncIterator[int]:
    """Serve `app` until the context ends; gives the port."""
    runner = web.AppRunner(app, shutdown_timeout=2)
    await runner.setup()
    server = runner.server
    assert server is not None
    crowd = Crowd(_files_for(settings.web.connections), settings.web.connections_of_address, settings.web.proxies)
    try:
        sockets = await asyncio.get_running_loop().create_server(
            lambda: Connection(server, crowd, settings.web.patience), settings.web.host, settings.port, backlog=WAITING
        )
        try:
            yield int(sockets.sockets[0].getsockname()[1])
        finally:
            sockets.close()
    finally:
        await runner.cleanup()
