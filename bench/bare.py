"""The least that takes what the product takes, as the measure beside it: `python -m bench.bare`, a process of its own.

POST reads the body, parses JSON and answers 200; nothing is kept. GET opens a WebSocket that sends back what it is sent, and POST to /tell sends
a body to all of them. Same libraries, same event loop as the product.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import uvloop
from aiohttp import WSMsgType, web

from bench.processes import answers_at, process
from bot.delivery.supervisor import free_port


def application(*, compress: bool) -> web.Application:
    """All doors; `compress`: WebSockets as aiohttp opens them by default."""
    sockets: set[web.WebSocketResponse] = set()

    async def take(request: web.Request) -> web.Response:
        json.loads(await request.read())
        return web.Response()

    async def echo(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=compress)
        await socket.prepare(request)
        sockets.add(socket)
        async for said in socket:
            if said.type is WSMsgType.TEXT:
                await socket.send_str(said.data)
        sockets.discard(socket)
        return socket

    async def tell(request: web.Request) -> web.Response:
        word = await request.text()
        for socket in sockets:
            await socket.send_str(word)
        return web.Response()

    async def health(_: web.Request) -> web.Response:
        return web.Response()

    app = web.Application()
    app.router.add_post("/", take)
    app.router.add_get("/", echo)
    app.router.add_post("/tell", tell)
    app.router.add_get("/healthz", health)
    return app


async def serve(port: int, *, compress: bool) -> None:
    """Listen until cancelled."""
    runner = web.AppRunner(application(compress=compress), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


@contextlib.asynccontextmanager
async def running_bare(log: Path, *, compress: bool = False) -> AsyncIterator[tuple[str, asyncio.subprocess.Process]]:
    """The bare server in a process of its own; gives its address."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "bench.bare", str(port), *(["--compress"] if compress else [])]
    async with process(command, {}, log, answers_at(f"{base}/healthz")) as child:
        yield base, child


def main() -> None:
    """Serve as told."""
    parser = argparse.ArgumentParser(prog="python -m bench.bare", description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("--compress", action="store_true", help="WebSockets with aiohttp's default compression")
    options = parser.parse_args()
    uvloop.run(serve(options.port, compress=options.compress))


if __name__ == "__main__":
    main()
