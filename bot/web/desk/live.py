"""The desk's live door. It says only that something changed and where; the page fetches the rest with its own rights."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Collection, Sequence
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from bot.errors import RequestRejected
from bot.storage.cases import open_case_of
from bot.storage.staff import signed_in
from bot.web.auth import session_of
from bot.web.desk.access import may_enter, require_agent
from bot.web.doors import DOORS, Doors
from bot.web.pages import Page, Pages

_LOG = structlog.get_logger()
RECHECK_AFTER = 15.0  # seconds; whoever was deactivated hears nothing after that
PAUSE_A_PAGE = 0.0001  # seconds for each that was told; what changes meanwhile is told together
SIGNED_OUT = 4401
MAX_FRAME = 1024


class DeskPage(Page):
    """An agent's page. What it is told is ready to be sent."""

    __slots__ = ("session",)

    def __init__(self, request: web.Request, session: str) -> None:
        super().__init__(request, max_frame=MAX_FRAME)
        self.session = session

    async def tell(self, hints: Sequence[tuple[str, str]]) -> None:
        """Send each hint as it is."""
        for _, text in hints:
            await self.socket.send_str(text)

    async def listen(self) -> None:
        """It has nothing to say here."""
        while await self.receive() is not None:
            pass


class DeskPages(Pages[DeskPage]):
    """All agents' open pages, for as long as their agents are signed in."""

    def __init__(self, doors: Doors) -> None:
        super().__init__(self.recheck, lambda: RECHECK_AFTER)
        self._doors = doors

    async def recheck(self, pages: Collection[DeskPage]) -> None:
        """Send away whose session has ended, who was deactivated or has got another role."""
        sessions = {page.session for page in pages}
        staff = await self._doors.store.read(partial(signed_in, token_hashes=sessions))
        for page in pages:
            if page.session not in staff or not may_enter(staff[page.session]):
                page.dismiss(SIGNED_OUT)

    async def telling(self, _: web.Application) -> AsyncIterator[None]:
        """Pass on what changes for as long as the application runs (one of its `cleanup_ctx`)."""
        task = asyncio.create_task(self._tell_for_ever())
        yield
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    async def _tell_for_ever(self) -> None:
        with self._doors.live.hear("desk") as hearing:
            while True:
                hints = [hint for _, hint in await hearing.next()]
                try:
                    await self._tell(hints)
                except Exception:
                    _LOG.exception("desk.not_told")
                await asyncio.sleep(PAUSE_A_PAGE * len(self.open))

    async def _tell(self, hints: list[str]) -> None:
        """Look once, whoever listens."""
        if not self.open:
            return
        if "session" in hints:
            await self.recheck(self.open)
        for frame in await _frames(self._doors, hints):
            text = json.dumps(frame)
            for page in self.open:
                page.add("desk", text)


PAGES: web.AppKey[DeskPages] = web.AppKey("desk_pages", DeskPages)


async def serve(request: web.Request) -> web.WebSocketResponse:
    """Tell an agent's page what changed, for as long as the agent is signed in."""
    await require_agent(request)
    if not _from_our_page(request):
        raise RequestRejected("the desk can only be used from its own page", status=403)
    page = DeskPage(request, await session_of(request))
    await page.socket.prepare(request)
    await request.app[PAGES].attend(page)
    return page.socket


def _from_our_page(request: web.Request) -> bool:
    """Browsers let any site open a WebSocket with our cookie, and name that site here."""
    origin = urlsplit(request.headers.get("Origin", "")).netloc
    return origin in (request.host, urlsplit(request.app[DOORS].settings.url("")).netloc)


async def _frames(doors: Doors, hints: list[str]) -> list[dict[str, Any]]:
    frames: list[dict[str, Any]] = []
    for hint in hints:
        kind, _, given = hint.partition(":")
        if kind == "queue":
            frames.append({"type": "queue"})
        elif given.isdecimal() and kind == "case":
            frames.append({"type": "case", "id": int(given)})
        elif given.isdecimal() and kind == "conversation":  # closed cases are looked at too
            frames.append({"type": "conversation", "id": int(given)})
        elif given.isdecimal() and kind == "typing":
            case_id = await doors.store.read(partial(open_case_of, conversation_id=int(given)))
            if case_id is not None:
                frames.append({"type": "typing", "id": case_id})
    return frames
