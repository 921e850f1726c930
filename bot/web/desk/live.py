"""The desk's live door. It says only that something changed and where; the page fetches the rest with its own rights."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakSet

import structlog
from aiohttp import WSCloseCode, web
from aiohttp_session import STORAGE_KEY

from bot.errors import RequestRejected
from bot.storage.cases import open_case_of
from bot.storage.live import Hearing
from bot.storage.staff import by_id
from bot.web.desk.access import may_enter, require_agent
from bot.web.doors import DOORS, Doors

_LOG = structlog.get_logger()
RECHECK_AFTER = 15.0  # seconds; whoever was deactivated hears nothing after that
SIGNED_OUT = 4401
MAX_FRAME = 1024
SOCKETS: web.AppKey[WeakSet[web.WebSocketResponse]] = web.AppKey("desk_sockets", WeakSet)


async def serve(request: web.Request) -> web.WebSocketResponse:
    """Tell an agent's page what changed, for as long as the agent is signed in."""
    staff = await require_agent(request)
    if not _from_our_page(request):
        raise RequestRejected("the desk can only be used from its own page", status=403)
    socket = web.WebSocketResponse(heartbeat=25, compress=False, max_msg_size=MAX_FRAME)
    await socket.prepare(request)
    request.app[SOCKETS].add(socket)
    telling = asyncio.create_task(_tell(request, socket, staff.id))
    leaving = asyncio.create_task(_wait_until_left(socket))
    try:
        await asyncio.wait((telling, leaving), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (telling, leaving):
            task.cancel()
        for ended in await asyncio.gather(telling, leaving, return_exceptions=True):
            if isinstance(ended, Exception) and not isinstance(ended, ConnectionError):
                _LOG.error("desk.live.failed", exc_info=ended)
    if not socket.closed:  # it was not the page that left; unless it is signed out it comes back
        await socket.close(code=SIGNED_OUT if _ended_well(telling) else WSCloseCode.INTERNAL_ERROR)
    return socket


def _ended_well(task: asyncio.Task[None]) -> bool:
    return not task.cancelled() and task.exception() is None


async def close_all(app: web.Application) -> None:
    """Send every page away; it comes back to whoever serves next."""
    sockets = app[SOCKETS]
    for socket in list(sockets):
        await socket.close(code=WSCloseCode.GOING_AWAY, message=b"back in a moment")


def _from_our_page(request: web.Request) -> bool:
    """Browsers let any site open a WebSocket with our cookie, and name that site here."""
    origin = urlsplit(request.headers.get("Origin", "")).netloc
    return origin in (request.host, urlsplit(request.app[DOORS].settings.url("")).netloc)


async def _wait_until_left(socket: web.WebSocketResponse) -> None:
    async for _ in socket:  # the page has nothing to say here
        pass


async def _tell(request: web.Request, socket: web.WebSocketResponse, staff_id: int) -> None:
    """Tell until the staff member is no longer signed in."""
    doors = request.app[DOORS]
    loop = asyncio.get_running_loop()
    with doors.live.hear("desk") as hearing:
        checked = loop.time()
        while not socket.closed:
            hints = await _hints(hearing, checked + RECHECK_AFTER - loop.time())
            if "session" in hints or loop.time() >= checked + RECHECK_AFTER:
                if not await _still_signed_in(request, staff_id):
                    return
                checked = loop.time()
            for frame in await _frames(doors, hints):
                await socket.send_json(frame)


async def _hints(hearing: Hearing, timeout: float) -> list[str]:
    return [hint for _, hint in await hearing.next(max(timeout, 0.0))]


async def _still_signed_in(request: web.Request, staff_id: int) -> bool:
    """Look anew, not at what the request remembers: the session may have ended, the person been deactivated or got another role."""
    session = await request[STORAGE_KEY].load_session(request)
    staff = await request.app[DOORS].store.read(partial(by_id, staff_id=staff_id))
    return session.get("staff_id") == staff_id and staff is not None and may_enter(staff)


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
