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
from bot.web.desk.access import require_agent
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
    closing = asyncio.create_task(_wait_for_close(socket))
    try:
        await asyncio.wait((telling, closing), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (telling, closing):
            task.cancel()
        for ended in await asyncio.gather(telling, closing, return_exceptions=True):
            if isinstance(ended, Exception) and not isinstance(ended, ConnectionError):
                _LOG.error("desk.live.failed", exc_info=ended)
    return socket


async def close_all(app: web.Application) -> None:
    """Send every page away; it comes back to whoever serves next."""
    for socket in set(app[SOCKETS]):
        await socket.close(code=WSCloseCode.GOING_AWAY, message=b"back in a moment")


def _from_our_page(request: web.Request) -> bool:
    """Browsers let any site open a WebSocket with our cookie, and name that site here."""
    origin = urlsplit(request.headers.get("Origin", "")).netloc
    return origin in (request.host, urlsplit(request.app[DOORS].settings.url("")).netloc)


async def _wait_for_close(socket: web.WebSocketResponse) -> None:
    async for _ in socket:  # the page has nothing to say here
        pass


async def _tell(request: web.Request, socket: web.WebSocketResponse, staff_id: int) -> None:
    doors = request.app[DOORS]
    loop = asyncio.get_running_loop()
    with doors.live.hear("desk") as hearing:
        checked = loop.time()
        while not socket.closed:
            hints = await _hints(hearing, checked + RECHECK_AFTER - loop.time())
            if "session" in hints or loop.time() >= checked + RECHECK_AFTER:
                if not await _still_signed_in(request, staff_id):
                    await socket.close(code=SIGNED_OUT, message=b"signed out")
                    return
                checked = loop.time()
            for frame in await _frames(doors, hints):
                await socket.send_json(frame)


async def _hints(hearing: Hearing, timeout: float) -> list[str]:
    return [hint for _, hint in await hearing.next(max(timeout, 0.0))]


async def _still_signed_in(request: web.Request, staff_id: int) -> bool:
    """Look the session up anew, not in what the request remembers: it may have ended, or the person been deactivated."""
    session = await request[STORAGE_KEY].load_session(request)
    return bool(session.get("staff_id") == staff_id)


async def _frames(doors: Doors, hints: list[str]) -> list[dict[str, Any]]:
    frames: list[dict[str, Any]] = []
    for hint in hints:
        kind, _, given = hint.partition(":")
        if kind == "queue":
            frames.append({"type": "queue"})
        elif given.isdecimal() and kind == "case":
            frames.append({"type": "case", "id": int(given)})
        elif given.isdecimal() and kind in ("conversation", "typing"):
            case_id = await doors.store.read(partial(open_case_of, conversation_id=int(given)))
            if case_id is not None:
                frames.append({"type": "typing" if kind == "typing" else "case", "id": case_id})
    return frames
