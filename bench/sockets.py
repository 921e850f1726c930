"""`make bench-sockets`: what thousands of open pages cost one front line, and how soon one of them hears a reply.

10 000 chats, each with a conversation of its own, and 1 000 desks, each kind at a process of the product of its own; beside them a bare aiohttp
server with as many WebSockets, without compression and with what aiohttp does by default. The sockets are opened by another process, as browsers
ask for them. kB: by how much the server's memory grew for each. Lag: how long a GET takes that asks for nothing, for so long the loop was busy.
What is waited for: at a chat an agent's reply at the page of its customer, at the desks the same reply's hint at the last of all pages, at the
bare server a word that comes back. Both are measured quiet, too; the difference is what the sockets cost.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import numpy as np
import psutil
from rich.console import Console
from rich.table import Table

from bench.audience import Audience, audience, conversations, of_chat, opened
from bench.bare import running_bare
from bench.files import allow_files
from bench.machine import Machine
from bench.processes import ROOT, copy_home, prepared_home, processor_seconds, running_front_line
from bench.websocket import Page
from bot.serving import add_person
from bot.settings import Settings
from tests.cast import Agent

SPARE_FILES = 500  # a process opens more than sockets
ROOM = "20000"  # connections; who measures comes beside the sockets
WAITS = 20
LOGIN = "bench"
out = Console(width=150)

Wait = Callable[[Audience | None], Awaitable[float]]
"""Have something happen and returns after how many seconds it was heard, by the audience or without one."""


@dataclass(frozen=True)
class Waits:
    """What was waited for, in ms."""

    median: float
    longest: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Waits:
        """From each single one."""
        return cls(float(np.median(seconds)) * 1000, max(seconds) * 1000)

    def __str__(self) -> str:
        return f"{self.median:.1f} / {self.longest:.0f}"


@dataclass(frozen=True)
class Costs:
    """What `sockets` open sockets cost. `busy` is the share of a core while nobody says anything."""

    name: str
    sockets: int
    kilobytes: float
    opened_a_second: float
    busy: float
    lag: tuple[Waits, Waits]  # quiet, and with all open
    wait: tuple[Waits, Waits]


async def costs(name: str, server: Server, sockets: int, seconds: float) -> Costs:
    """Measure quiet, open all, let them be for `seconds`, measure again."""
    process = psutil.Process(server.pid)
    quiet = await _waits(server, None, min(seconds, 5.0))
    async with audience(server.kind, server.base, sockets, server.cookie) as people:
        await asyncio.sleep(2)  # what was needed to get ready is given back
        before, began = process.memory_info().rss, time.perf_counter()
        await people.open()
        took = time.perf_counter() - began
        spent = processor_seconds(process)
        began = time.perf_counter()
        await asyncio.sleep(seconds)
        spent, passed = processor_seconds(process) - spent, time.perf_counter() - began
        grown = process.memory_info().rss - before
        full = await _waits(server, people, seconds)
        alive = (await people.heard()).alive
    if alive < sockets:
        raise RuntimeError(f"{name}: of {sockets} sockets only {alive} stayed open")
    return Costs(
        name,
        sockets,
        kilobytes=grown / sockets / 1000,
        opened_a_second=sockets / took,
        busy=spent / passed,
        lag=(quiet[0], full[0]),
        wait=(quiet[1], full[1]),
    )


@dataclass(frozen=True)
class Server:
    """A server with its sockets' kind, and what is waited for there."""

    kind: str
    base: str
    pid: int
    wait: Wait
    cookie: str = ""


async def _waits(server: Server, people: Audience | None, seconds: float) -> tuple[Waits, Waits]:
    lag = Waits.of(await _lag(server.base, seconds))
    return lag, Waits.of([await server.wait(people) for _ in range(WAITS)])


async def _lag(base: str, seconds: float) -> list[float]:
    found, end = [], time.perf_counter() + seconds
    async with aiohttp.ClientSession() as session:
        while (began := time.perf_counter()) < end:
            async with session.get(f"{base}/healthz") as response:
                await response.read()
            found.append(time.perf_counter() - began)
            await asyncio.sleep(0.02)
    return found


# --- the servers -------------------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def front_line(home: Path, kind: str) -> AsyncIterator[Server]:
    """The product without Rasa, an agent at its desk and a customer in the agent's care."""
    password = add_person(Settings(home=home), LOGIN, "Ana Weber", "agent")
    async with (
        running_front_line(home, FRONTLINE_RASA__ENABLED="false", FRONTLINE_WEB__CONNECTIONS=ROOM) as (base, child),
        Agent(base, LOGIN, password) as agent,
    ):
        page, case = await _in_care(base, agent)

        async def reply(people: Audience | None) -> float:
            page.heard, began = None, time.perf_counter()
            await agent.reply(case, "Ich schaue nach.")
            while page.heard is None:  # noqa: ASYNC110 -- noted to the microsecond when it comes
                await asyncio.sleep(0.001)
            return await _last(people, began) if people and kind == "desk" else page.heard - began

        yield Server(kind, base, child.pid, reply, agent.cookie)


async def _in_care(base: str, agent: Agent) -> tuple[Page, int]:
    """A customer who has asked for a person, and the case, claimed."""
    (token,) = await conversations(base, 1)
    page = await opened(base, of_chat(base, token))
    body = {"client_id": "6a2f41a3-c54c-fce8-32d2-0324e1c32e22", "text": "Ich möchte mit einem Menschen sprechen."}
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(f"{base}/chat/api/messages", json=body) as response,
    ):
        response.raise_for_status()
    async with asyncio.timeout(30):
        while not (waiting := await agent.queue()):  # noqa: ASYNC110 -- asked, not told
            await asyncio.sleep(0.1)
    case = int(waiting[0]["id"])
    await agent.act(case, "claim")
    return page, case


async def _last(people: Audience, began: float) -> float:
    """Seconds until the last page of all has heard something; RuntimeError where some have not after two."""
    await asyncio.sleep(2)
    heard = await people.heard()
    if heard.last is None or heard.heard < heard.alive:
        raise RuntimeError(f"of {heard.alive} pages only {heard.heard} have heard it")
    return heard.last - began


@contextlib.asynccontextmanager
async def bare(log: Path, *, compress: bool, everybody: bool = False) -> AsyncIterator[Server]:
    """The bare server; `everybody`: a word is for all who are there, not for who has said it."""
    async with running_bare(log, compress=compress) as (base, child), aiohttp.ClientSession() as session:

        async def word(people: Audience | None) -> float:
            began = time.perf_counter()
            if people is not None and everybody:
                async with session.post(f"{base}/tell", data="{}") as response:
                    await response.read()
                return await _last(people, began)
            async with session.ws_connect(base) as socket:
                began = time.perf_counter()
                await socket.send_str("{}")
                await socket.receive()
                return time.perf_counter() - began

        yield Server("bare", base, child.pid, word)


async def run(home: Path, chats: int, desks: int, seconds: float) -> list[Costs]:
    """One server after the other."""
    source = prepared_home(home)
    servers = [
        ("front line, chats", chats, lambda: front_line(copy_home(source, home / "sockets"), "chat")),
        ("bare aiohttp", chats, lambda: bare(home / "bare.log", compress=False)),
        ("bare aiohttp, compressed by default", chats, lambda: bare(home / "bare.log", compress=True)),
        ("front line, desks", desks, lambda: front_line(copy_home(source, home / "sockets"), "desk")),
        ("bare aiohttp, a word to all", desks, lambda: bare(home / "bare.log", compress=False, everybody=True)),
    ]
    found = []
    for name, sockets, serve in servers:
        with out.status(f"{name}: {sockets} sockets …"):
            async with serve() as server:
                found.append(await costs(name, server, sockets, seconds))
    return found


def show(found: Sequence[Costs]) -> None:
    """Print the table."""
    heads = ("sockets", "kB each", "opened a second", "core at rest", "lag, quiet → all", "waited, quiet → all")
    table = Table("", *heads, caption="lag and waited: median / longest, in ms")
    for one in found:
        lag, wait = (f"{quiet} → {full}" for quiet, full in (one.lag, one.wait))
        first = (f"{one.sockets}", f"{one.kilobytes:.1f}", f"{one.opened_a_second:.0f}", f"{one.busy:.1%}")
        table.add_row(one.name, *first, lag, wait)
    out.print(table)
    out.print(Machine.this().whole(), style="dim")


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(prog="python -m bench.sockets", description=__doc__)
    parser.add_argument("--sockets", type=int, default=10_000, help="chats, and WebSockets of the bare server")
    parser.add_argument("--desks", type=int, default=1_000, help="agents' pages")
    parser.add_argument("--seconds", type=float, default=45, help="how long they are left alone; pings come every 20")
    parser.add_argument("--home", type=Path, default=ROOT / "var/bench", help="where models and databases are kept")
    options = parser.parse_args()
    allow_files(max(options.sockets, options.desks) + SPARE_FILES)
    show(asyncio.run(run(options.home, options.sockets, options.desks, options.seconds)))


if __name__ == "__main__":
    main()
