"""What becomes of a body whose sender does not stay."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from aiohttp import web
from aiohttp.typedefs import Handler
from structlog.testing import capture_logs

from bot.web.app import answer_errors
from bot.web.bodies import await_bodies, read_json
from bot.web.doors import DOORS, Doors


async def test_who_has_gone_before_being_heard_is_no_accident_of_ours(doors: Doors) -> None:
    """As customers have who waited in vain while the database was away: each would be an error in the log."""
    answered = asyncio.Event()

    @web.middleware
    async def all_there(request: web.Request, handler: Handler) -> web.StreamResponse:
        await request.content.wait_eof()
        try:
            return await handler(request)
        finally:
            answered.set()

    async def slow(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        while request.transport is not None:
            await asyncio.sleep(0.01)
        return web.json_response(await read_json(request, 100))

    app = web.Application(middlewares=[all_there, answer_errors, await_bodies])
    app[DOORS] = doors
    app.router.add_post("/", slow)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0]
        with capture_logs() as log:
            async with aiohttp.ClientSession() as session:
                with pytest.raises(aiohttp.ServerDisconnectedError):
                    await session.post(f"http://{host}:{port}/", json={})
            await asyncio.wait_for(answered.wait(), 10)
        assert log == []
    finally:
        await runner.cleanup()
