"""Open pages: each at the other end of a WebSocket, thousands in one process.

So a page that is idle holds no timer and no task but the one that reads its socket: news is told by a task that lives as long as there is
some, and all pages are visited in turn, a few at a time.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, Generic, TypeVar

import structlog
from aiohttp import WSCloseCode, WSMsgType, web

_LOG = structlog.get_logger()
TICK = 0.25  # seconds between visits
PING_EVERY = 20.0  # seconds; proxies cut a quiet line after a minute, some mobile networks sooner
MOST_HINTS = 2000  # that wait for a page; an agent's page may hear of each conversation there is
GOODBYE_WITHIN = 2.0  # seconds that a page has to say goodbye, too (RFC 6455, 7.1.1); then the line is cut
_GONE = (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED)


class Page(ABC):
    """One page. It is told one thing after the other; equal hints that wait are one.

    Its socket does without compression, which costs 100 kB a socket, and is pinged by `Pages`.
    """

    __slots__ = ("_parting", "_request", "_stay", "_telling", "_waiting", "answered", "pinged", "socket", "visited")

    def __init__(self, request: web.Request, *, max_frame: int) -> None:
        self.socket = web.WebSocketResponse(
            compress=False, autoping=False, max_msg_size=max_frame, timeout=GOODBYE_WITHIN
        )
        self.answered = True
        self.pinged = self.visited = asyncio.get_running_loop().time()
        self._request = request
        self._waiting: dict[tuple[str, str], None] = {}
        self._telling: asyncio.Task[None] | None = None
        self._stay: asyncio.Timeout | None = None
        self._parting = (WSCloseCode.OK.value, b"")

    @abstractmethod
    async def tell(self, hints: Sequence[tuple[str, str]]) -> None:
        """Tell the page what these hints, (topic, hint) pairs, are about."""

    @abstractmethod
    async def listen(self) -> None:
        """Take what the page says until it goes."""

    async def attend(self) -> None:
        """Serve the page until it goes or is sent away."""
        try:
            async with asyncio.timeout(None) as self._stay:
                await self.listen()
        except TimeoutError:  # closed from here, as aiohttp waits for no goodbye while somebody else reads
            code, message = self._parting
            await self.socket.close(code=code, message=message)
        except ConnectionError:
            pass  # it went while it was answered
        finally:
            self._waiting.clear()
            if self._telling is not None:
                self._telling.cancel()

    def dismiss(self, code: int, message: bytes = b"") -> None:
        """Send the page away; returns at once."""
        self._parting = (code, message)
        if self._stay is not None and not self._stay.expired():
            self._stay.reschedule(asyncio.get_running_loop().time())

    def add(self, topic: str, hint: str) -> None:
        """Hear a hint (as a `storage.live.Listener` does). Whoever takes so little that too many wait is let go, comes back and sees all there is."""
        if len(self._waiting) >= MOST_HINTS:
            if self._request.transport is not None:
                self._request.transport.abort()  # it would not take a goodbye either
            return
        self._waiting[(topic, hint)] = None
        if self._telling is None:
            self._telling = asyncio.create_task(self._tell_all())

    async def receive(self) -> Any:
        """What the page says next, text or bytes; None when it has gone. Whatever comes is a sign of life."""
        while True:
            received = await self.socket.receive()
            self.answered = True
            if received.type in _GONE:
                return None
            if received.type is WSMsgType.PING:
                await self.socket.pong(received.data)
            elif received.type is not WSMsgType.PONG:
                return received.data

    async def ping(self) -> None:
        """Ask whether the page is still there, and let go of one that did not answer the last time: a dead line looks like a quiet one."""
        transport = self._request.transport
        if transport is None:
            return
        if not self.answered:
            transport.abort()
            return
        self.answered = False
        if (
            not transport.get_write_buffer_size()
        ):  # else it has more than a ping to take, and nobody shall wait for it here
            with contextlib.suppress(ConnectionError):
                await self.socket.ping()

    async def _tell_all(self) -> None:
        try:
            while self._waiting and not self.socket.closed:
                hints, self._waiting = list(self._waiting), {}
                await self.tell(hints)
        except ConnectionError:
            pass  # it is gone; who reads the socket sees that, too
        except Exception:  # a page that is not told must notice and come back
            _LOG.exception("page.not_told", path=self._request.path)
            self.dismiss(WSCloseCode.TRY_AGAIN_LATER)
        finally:
            self._telling = None


P = TypeVar("P", bound=Page)


class Pages(Generic[P]):
    """All open pages of one kind. Each is visited every `pace()` seconds and handed to `look`, which sees to what no hint told of, and pinged now and then.

    Where many have come at once, as after a restart, a first visit may take twice as long; from then on they are spread evenly.
    """

    def __init__(self, look: Callable[[Sequence[P]], Awaitable[None]], pace: Callable[[], float]) -> None:
        self.open: set[P] = set()
        self._look = look
        self._pace = pace
        self._row: deque[P] = deque()  # first is who was visited longest ago; who has gone leaves when its turn comes

    async def attend(self, page: P) -> None:
        """Serve a page, as one of them, until it goes or is sent away."""
        self.open.add(page)
        self._row.append(page)
        try:
            await page.attend()
        finally:
            self.open.discard(page)

    async def running(self, _: web.Application) -> AsyncIterator[None]:
        """Visit pages for as long as the application runs (one of its `cleanup_ctx`)."""
        visiting = asyncio.create_task(self._visit_for_ever())
        yield
        visiting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await visiting

    async def dismiss_all(self, _: web.Application) -> None:
        """Send every page away (as the application's `on_shutdown`); it comes back to whoever serves next."""
        for page in self.open:
            page.dismiss(WSCloseCode.GOING_AWAY, b"back in a moment")

    async def _visit_for_ever(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            try:
                await self._visit(asyncio.get_running_loop().time())
            except Exception:
                _LOG.exception("pages.not_visited")

    async def _visit(self, at: float) -> None:
        pace = self._pace()
        most = math.ceil(len(self._row) * TICK / pace)
        visited: list[P] = []
        while self._row and len(visited) < most and self._row[0].visited + pace <= at:
            page = self._row.popleft()
            if page in self.open:
                page.visited = at
                self._row.append(page)
                visited.append(page)
        for page in visited:
            if page.pinged + PING_EVERY <= at:
                page.pinged = at
                await page.ping()
        if visited:
            await self._look(visited)
