"""What comes in as a body: read up to a size and within a time, whichever door it comes to."""

from __future__ import annotations

import asyncio
import contextlib
import json
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.errors import RequestRejected
from bot.web.doors import DOORS

MAX_FIELDS = 100
MAX_FORM = 64 * 1024  # bytes; what a door takes that says nothing else
MOST_LARGE = 64 * 1024 * 1024  # bytes of larger bodies held at once: they come before anybody has shown who it is
ROOM_AGAIN = 10  # seconds


class LargeBodies:
    """What is held of bodies beyond `MAX_FORM`. Smaller ones have room for themselves, so that nobody can take it from them."""

    def __init__(self) -> None:
        self._left = MOST_LARGE

    def hold(self, request: web.Request, size: int) -> None:
        """Hold further bytes of a request. Raises RequestRejected(503) where there is no room for them."""
        if size > self._left:
            reason = "too many large bodies at once; try again in a moment"
            raise RequestRejected(reason, status=503, retry_after=ROOM_AGAIN)
        self._left -= size
        request[HELD] = request.get(HELD, 0) + size

    def let_go(self, request: web.Request) -> None:
        """The request is over."""
        self._left += request.get(HELD, 0)


HELD = web.RequestKey("held", int)
LARGE_BODIES: web.AppKey[LargeBodies] = web.AppKey("large_bodies", LargeBodies)


@web.middleware
async def bound_bodies(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Make room again, however a request ends."""
    try:
        return await handler(request)
    finally:
        request.app[LARGE_BODIES].let_go(request)


@web.middleware
async def await_bodies(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Hold every body to `web.patience`, whoever reads it: 408. One that is torn or framed wrongly is a 400."""
    deadline: asyncio.Timeout | None = None
    try:
        if request.content.is_eof():  # there is none, or all of it has come
            return await handler(request)
        # Not an exception set on the content: whoever reads up to a mark, as multipart does, may miss it.
        async with asyncio.timeout(request.app[DOORS].settings.web.patience) as deadline:
            request.content.on_eof(partial(_lift, deadline))
            return await handler(request)
    except TimeoutError:
        if deadline is None or not deadline.expired():
            raise
        raise RequestRejected("the body did not arrive in time", status=408) from None
    except Exception as error:
        if error is not request.content.exception():
            raise
        raise RequestRejected("the body did not arrive as it was announced") from None


def _lift(deadline: asyncio.Timeout) -> None:
    with contextlib.suppress(RuntimeError):  # the rest of a body may come when the answer is written already
        deadline.reschedule(None)


async def read_body(request: web.Request, limit: int) -> bytes:
    """The body; RequestRejected(413) where it is larger than `limit` bytes, and (503) where too many large ones are here."""
    received = bytearray()
    while not request.content.at_eof():
        chunk = await request.content.readany()
        received += chunk
        if len(received) > limit:
            raise RequestRejected(f"the body is larger than {limit} bytes", status=413)
        if len(received) > MAX_FORM:
            request.app[LARGE_BODIES].hold(request, len(chunk))
    return bytes(received)


async def read_json(request: web.Request, limit: int) -> Any:
    """The body's JSON; RequestRejected where it is too large or no JSON."""
    try:
        return json.loads(await read_body(request, limit))
    except (ValueError, RecursionError):
        raise RequestRejected("the body is not JSON") from None


async def read_form(request: web.Request) -> dict[str, str]:
    """The fields of a form as our pages send it, the last of a name counts; none where the body is something else. Can be read again."""
    if request.content_type != "application/x-www-form-urlencoded":
        return {}
    body = await request.read()  # up to client_max_size, and kept
    try:
        return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError:
        raise RequestRejected("the form has too many fields") from None
