"""The live door of the web chat: whoever shows the token is told all news of one conversation, and that somebody is typing."""

from __future__ import annotations

import asyncio
import contextlib
import json
from functools import partial
from typing import Any

from aiohttp import WSCloseCode, web
from sqlalchemy import Connection

from bot.domain.conversation import Conversation
from bot.errors import RequestRejected
from bot.storage.outbox import mark_delivered
from bot.web.chat.views import look
from bot.web.chat.visits import conversation_for
from bot.web.doors import DOORS, Doors

FIRST_FRAME_WITHIN = 10.0  # seconds
LOOK_ANYWAY_AFTER = 20.0  # seconds without a hint; hints may be lost
MAX_FRAME = 4096
UNKNOWN_TOKEN = 4401
BAD_FRAME = 4400


class Sockets(set[web.WebSocketResponse]):
    """The open ones, to be closed in order when we stop."""


SOCKETS: web.AppKey[Sockets] = web.AppKey("chat_sockets", Sockets)


class Feed:
    """What one page has been told of a conversation, and what is new to it."""

    def __init__(self, doors: Doors, conversation_id: int, after: int) -> None:
        self._doors = doors
        self._conversation_id = conversation_id
        self._after = after
        self._told: dict[int, dict[str, Any]] = {}
        self._state: dict[str, Any] | None = None

    async def news(self) -> dict[str, Any] | None:
        """The frame to send, or None if nothing changed. An item that changed comes again under its position."""
        seen = await self._doors.store.read(
            lambda connection: look(connection, self._conversation_id, self._after, self._doors.settings.company)
        )
        fresh = [item for item in seen.items if self._told.get(item["position"]) != item]
        self._after = seen.settled
        self._told = {item["position"]: item for item in seen.items if item["position"] > seen.settled}
        if not fresh and seen.state == self._state:
            return None
        self._state = seen.state
        return {"type": "items", "items": fresh, "state": seen.state}


async def serve(request: web.Request) -> web.WebSocketResponse:
    """Shake hands, then tell news until the page goes."""
    socket = web.WebSocketResponse(heartbeat=25, compress=False, max_msg_size=MAX_FRAME)
    await socket.prepare(request)
    request.app[SOCKETS].add(socket)
    try:
        await _converse(socket, request.app[DOORS])
    except TimeoutError:
        await socket.close(code=BAD_FRAME, message=b"no token came")
    except RequestRejected as error:
        code = UNKNOWN_TOKEN if error.status == 401 else BAD_FRAME
        await socket.close(code=code, message=error.reason.encode())
    finally:
        request.app[SOCKETS].discard(socket)
    return socket


async def _converse(socket: web.WebSocketResponse, doors: Doors) -> None:
    async with asyncio.timeout(FIRST_FRAME_WITHIN):
        conversation, after = await _enter(socket, doors)
    telling = asyncio.create_task(_tell(socket, doors, conversation, after))
    try:
        await _listen(socket, doors, conversation)
    finally:
        telling.cancel()
        with contextlib.suppress(asyncio.CancelledError, ConnectionError):
            await telling


async def close_all(app: web.Application) -> None:
    """Send every page away; it comes back to whoever serves next."""
    sockets = app[SOCKETS]
    for socket in list(sockets):
        await socket.close(code=WSCloseCode.GOING_AWAY, message=b"back in a moment")


async def _enter(socket: web.WebSocketResponse, doors: Doors) -> tuple[Conversation, int]:
    first = _frame((await socket.receive()).data)
    token, after = first.get("token"), first.get("after", 0)
    if not isinstance(token, str) or type(after) is not int or not 0 <= after < 2**53:
        raise RequestRejected("the first frame must carry token and after")
    return await conversation_for(doors.store, token), after


def _frame(data: Any) -> dict[str, Any]:
    try:
        frame = json.loads(data) if isinstance(data, str) else None
    except (ValueError, RecursionError):
        frame = None
    if not isinstance(frame, dict):
        raise RequestRejected("frames are JSON objects")
    return frame


async def _listen(socket: web.WebSocketResponse, doors: Doors, conversation: Conversation) -> None:
    async for received in socket:
        frame = _frame(received.data)
        position = frame.get("position")
        if frame.get("type") == "seen" and type(position) is int and 0 < position < 2**53:
            await doors.store.write(partial(_mark, conversation.id, position))
            doors.live.tell("desk", f"conversation:{conversation.id}")
        elif frame.get("type") == "typing":
            doors.live.tell("desk", f"typing:{conversation.id}")


def _mark(conversation_id: int, position: int, connection: Connection) -> None:
    mark_delivered(connection, conversation_id, position)


async def _tell(socket: web.WebSocketResponse, doors: Doors, conversation: Conversation, after: int) -> None:
    feed = Feed(doors, conversation.id, after)
    # the channel knows a conversation by its chat, everybody else by its id
    with doors.live.hear(f"chat:{conversation.id}", f"chat:{conversation.key.chat}") as hearing:
        try:
            look_again = True
            while not socket.closed:
                news = await feed.news() if look_again else None
                if news is not None:
                    await socket.send_json(news)
                heard = await hearing.next(LOOK_ANYWAY_AFTER)
                await _tell_of_typing(socket, heard)
                look_again = not heard or any(not hint.startswith("typing") for _, hint in heard)
        finally:  # a page that is told nothing any more must notice and come back
            await socket.close(code=WSCloseCode.TRY_AGAIN_LATER)


async def _tell_of_typing(socket: web.WebSocketResponse, heard: list[tuple[str, str]]) -> None:
    hints = {hint for _, hint in heard}
    for hint, who in (("typing", "bot"), ("typing:agent", "agent")):
        if hint in hints:
            await socket.send_json({"type": "typing", "who": who, "on": True})
