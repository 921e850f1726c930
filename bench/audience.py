"""Thousands of pages that only listen, opened by a process of their own: `python -m bench.audience`.

It takes orders as lines on standard input and answers each with a line of JSON; `Audience` is the other end of both.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import aiohttp
import uvloop

from bench.processes import ROOT
from bench.websocket import TEXT, Page, deflated, frame, handshake

AT_ONCE = 64  # of what is being opened
PATIENCE = 180.0  # seconds for one order
_WORD = b'{"type": "typing"}'


@dataclass(frozen=True)
class Heard:
    """How many pages are open, how many of them have heard something since the last question, and when the last one did.

    `last` is `time.perf_counter()`, on Linux one clock for all processes; None where nobody has heard anything.
    """

    alive: int
    heard: int
    last: float | None


class Audience:
    """Gives the orders."""

    def __init__(self, child: asyncio.subprocess.Process) -> None:
        self._child = child

    async def told(self) -> dict[str, Any]:
        """The next line of the audience. RuntimeError where there is none: it has said on standard error why."""
        assert self._child.stdout is not None
        async with asyncio.timeout(PATIENCE):
            line = await self._child.stdout.readline()
        if not line:
            raise RuntimeError("the audience has gone: see above")
        return dict(json.loads(line))

    async def order(self, word: str) -> dict[str, Any]:
        """Give an order; returns the answer."""
        assert self._child.stdin is not None
        self._child.stdin.write(f"{word}\n".encode())
        return await self.told()

    async def open(self) -> None:
        """Open all sockets; returns when the last one is."""
        await self.order("open")

    async def heard(self) -> Heard:
        """What was heard since the last time."""
        return Heard(**await self.order("heard"))


@contextlib.asynccontextmanager
async def audience(kind: str, base: str, number: int, cookie: str = "") -> AsyncIterator[Audience]:
    """An audience that is ready to open `number` sockets; it leaves with the context."""
    command = [sys.executable, "-m", "bench.audience", kind, base, str(number)]
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdin=pipe, stdout=pipe)
    try:
        made = Audience(child)
        await made.order(cookie)
        yield made
    finally:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()


# --- the other end -----------------------------------------------------------------------------------------


def of_bare(base: str) -> Callable[[], Page]:
    """Says a word, which comes back."""
    hello = handshake(base, "/")
    plain, squeezed = frame(TEXT, _WORD), frame(TEXT, deflated(_WORD), compressed=True)
    return lambda: Page(hello, lambda head: squeezed if b"permessage-deflate" in head else plain)


def of_desk(base: str, cookie: str) -> Callable[[], Page]:
    """Has nothing to say: the cookie has said it."""
    hello = handshake(base, "/desk/api/live", cookie)
    return lambda: Page(hello, lambda _: b"")


def of_chat(base: str, token: str) -> Callable[[], Page]:
    """Names its conversation first."""
    hello, first = handshake(base, "/chat/api/live"), frame(TEXT, json.dumps({"token": token, "after": 0}).encode())
    return lambda: Page(hello, lambda _: first)


async def conversations(base: str, number: int) -> list[str]:
    """The tokens of so many new conversations."""
    async with aiohttp.ClientSession() as session:

        async def begin() -> str:
            async with session.post(f"{base}/chat/api/start", json={"language": "de"}) as response:
                response.raise_for_status()
                return str((await response.json())["token"])

        return await _some_at_once([begin] * number)


async def _some_at_once(works: Iterable[Callable[[], Awaitable[Any]]]) -> list[Any]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(work: Callable[[], Awaitable[Any]]) -> Any:
        async with gate:
            return await work()

    return await asyncio.gather(*(one(work) for work in works))


async def opened(base: str, make: Callable[[], Page]) -> Page:
    """A page whose socket is open. ConnectionError where it is let go of before."""
    host, _, port = base.removeprefix("http://").partition(":")
    _, page = await asyncio.get_running_loop().create_connection(make, host, int(port))
    await page.open
    return page


async def _makers(kind: str, base: str, number: int, cookie: str) -> Sequence[Callable[[], Page]]:
    if kind == "chat":
        return [of_chat(base, token) for token in await conversations(base, number)]
    return [of_desk(base, cookie) if kind == "desk" else of_bare(base)] * number


async def obey(kind: str, base: str, number: int) -> None:
    """The first line is the cookie, the others are orders; the end of them is the end."""
    orders = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    makers = await _makers(kind, base, number, (await orders.readline()).decode().strip())
    _tell({"ready": number})
    pages: list[Page] = []
    async for order in orders:
        if order == b"open\n":
            pages = await _some_at_once(partial(opened, base, make) for make in makers)
            _tell({"open": len(pages)})
        else:
            heard = [page.heard for page in pages if page.heard is not None]
            _tell(asdict(Heard(sum(page.alive for page in pages), len(heard), max(heard, default=None))))
        for page in pages:
            page.heard = None


def _tell(said: dict[str, Any]) -> None:
    print(json.dumps(said), flush=True)


def main() -> None:
    """Obey."""
    parser = argparse.ArgumentParser(prog="python -m bench.audience", description=__doc__)
    parser.add_argument("kind", choices=("chat", "desk", "bare"))
    parser.add_argument("base", help="the server's address: http://127.0.0.1:8080")
    parser.add_argument("number", type=int)
    options = parser.parse_args()
    uvloop.run(obey(options.kind, options.base, options.number))


if __name__ == "__main__":
    main()
