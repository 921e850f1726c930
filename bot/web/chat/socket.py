"""The live door of the web chat: whoever shows the token is told all news of one conversation, and that somebody is typing."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from aiohttp import WSCloseCode, web
from sqlalchemy import Connection

from bot.domain.conversation import Conversation
from bot.errors import RequestRejected
from bot.storage.outbox import mark_delivered
from bot.storage.visitors import ChatState, Stand, stands
from bot.web.chat.views import look, state_view
from bot.web.chat.visits import conversation_for
from bot.web.doors import DOORS, Doors
from bot.web.pages import Page, Pages

FIRST_FRAME_WITHIN = 10.0  # seconds
MAX_FRAME = 4096
MAX_PAGES = 12  # of one visitor, listening at once
BETWEEN_FRAMES = 0.05  # seconds; who says more waits, in the end at their own socket
UNKNOWN_TOKEN = 4401
BAD_FRAME = 4400
_CODES = {401: UNKNOWN_TOKEN, 429: WSCloseCode.TRY_AGAIN_LATER}
_TYPING = {"typing": "bot", "typing:agent": "agent"}


class ChatPage(Page):
    """A page that shows one conversation: what it has been told of it, and what is new to it."""

    __slots__ = ("_after", "_doors", "_state", "_told", "conversation_id")

    def __init__(self, request: web.Request) -> None:
        super().__init__(request, max_frame=MAX_FRAME)
        self._doors = request.app[DOORS]
        self._told: dict[int, dict[str, Any]] = {}
        self._state: ChatState | None = None

    async def enter(self) -> Conversation:
        """Read the first frame, which opens the conversation; RequestRejected if it opens none."""
        first = _frame(await self.receive())
        token, after = first.get("token"), first.get("after", 0)
        if not isinstance(token, str) or type(after) is not int or not 0 <= after < 2**53:
            raise RequestRejected("the first frame must carry token and after")
        conversation = await conversation_for(self._doors.store, token)
        self.conversation_id, self._after = conversation.id, after
        return conversation

    async def listen(self) -> None:
        """Take what the page says until it goes."""
        while (data := await self.receive()) is not None:
            frame = _frame(data)
            position = frame.get("position")
            if frame.get("type") == "seen" and type(position) is int and 0 < position < 2**53:
                await self._doors.store.write(partial(_mark, self.conversation_id, position))
                self._doors.live.tell("desk", f"conversation:{self.conversation_id}")
            elif frame.get("type") == "typing":
                self._doors.live.tell("desk", f"typing:{self.conversation_id}")
            await asyncio.sleep(BETWEEN_FRAMES)

    async def tell(self, hints: Sequence[tuple[str, str]]) -> None:
        """Say who is typing, and the news if any other hint came."""
        for _, hint in hints:
            if hint in _TYPING:
                await self.socket.send_json({"type": "typing", "who": _TYPING[hint], "on": True})
        if any(hint not in _TYPING for _, hint in hints):
            news = await self._news()
            if news is not None:
                await self.socket.send_json(news)

    def is_behind(self, stand: Stand) -> bool:
        """Whether the conversation has come further than what the page was told, or may have: something in it was still under way."""
        return self._after < stand.length or self._state != stand.state

    async def _news(self) -> dict[str, Any] | None:
        """The frame to send, or None if nothing changed. An item that changed comes again under its position."""
        seen = await self._doors.store.read(
            lambda connection: look(connection, self.conversation_id, self._after, self._doors.settings.company)
        )
        fresh = [item for item in seen.items if self._told.get(item["position"]) != item]
        self._after = seen.settled
        self._told = {item["position"]: item for item in seen.items if item["position"] > seen.settled}
        if not fresh and seen.state == self._state:
            return None
        self._state = seen.state
        return {"type": "items", "items": fresh, "state": state_view(seen.state)}


class OpenOn:
    """On how many pages each conversation is open."""

    def __init__(self) -> None:
        self._pages: Counter[int] = Counter()

    @contextlib.contextmanager
    def one_more(self, conversation_id: int) -> Iterator[None]:
        """Count a page for as long as the context lasts; RequestRejected(429) where there are too many."""
        if self._pages[conversation_id] >= MAX_PAGES:
            raise RequestRejected("this conversation is open on too many pages", status=429)
        self._pages[conversation_id] += 1
        try:
            yield
        finally:
            self._pages[conversation_id] -= 1
            if not self._pages[conversation_id]:
                del self._pages[conversation_id]


OPEN_ON: web.AppKey[OpenOn] = web.AppKey("chat_open_on", OpenOn)
PAGES: web.AppKey[Pages[ChatPage]] = web.AppKey("chat_pages", Pages)


def chat_pages(doors: Doors) -> Pages[ChatPage]:
    """The open pages; now and then each hears of what no hint told of."""

    async def look_anyway(pages: Sequence[ChatPage]) -> None:
        ids = [page.conversation_id for page in pages]
        found = await doors.store.read(lambda connection: stands(connection, ids))
        for page in pages:
            if page.conversation_id in found and page.is_behind(found[page.conversation_id]):
                page.add(f"chat:{page.conversation_id}", "items")

    return Pages(look_anyway, lambda: doors.live.pace)


async def serve(request: web.Request) -> web.WebSocketResponse:
    """Shake hands, then tell news until the page goes."""
    page = ChatPage(request)
    await page.socket.prepare(request)
    try:
        async with asyncio.timeout(FIRST_FRAME_WITHIN):
            conversation = await page.enter()
        # the channel knows a conversation by its chat, everybody else by its id
        topics = (f"chat:{conversation.id}", f"chat:{conversation.key.chat}")
        with request.app[OPEN_ON].one_more(conversation.id), request.app[DOORS].live.listening(page, *topics):
            page.add(topics[0], "items")
            await request.app[PAGES].attend(page)
    except TimeoutError:
        await page.socket.close(code=BAD_FRAME, message=b"no token came")
    except RequestRejected as error:
        await page.socket.close(code=_CODES.get(error.status, BAD_FRAME), message=error.reason.encode())
    return page.socket


def _frame(data: Any) -> dict[str, Any]:
    try:
        frame = json.loads(data) if isinstance(data, str) else None
    except (ValueError, RecursionError):
        frame = None
    if not isinstance(frame, dict):
        raise RequestRejected("frames are JSON objects")
    return frame


def _mark(conversation_id: int, position: int, connection: Connection) -> None:
    mark_delivered(connection, conversation_id, position)
