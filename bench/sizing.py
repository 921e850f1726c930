"""`make bench-sizing`: what one more process takes of a machine: memory, processor time, disk and connections to the database.

A web, a worker and one Rasa run on a PostgreSQL and a Redis of their own, then a front line that is all in one on SQLite. Customers of the web chat write
the same number of messages to each, a few at a time. Memory is read after that. Processor time says what a message costs, whatever else the machine
does meanwhile, as long as it is not measured while processes compete for the same caches: take it on a quiet machine.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table
from sqlalchemy import create_engine, text

from bench.load import WebCustomer
from bench.machine import Machine
from bench.processes import ROOT, copy_home, prepared_home, processor_seconds, running_front_line
from bench.turns import customer_texts, rasa_is_up
from tests.servers import postgres_server, redis_server

CUSTOMERS, TURNS = 8, 10  # at once; messages of each
KEEPER_THERE = 40.0  # seconds: the keeper lets customers go first after a start, and its own start is nobody's message
MB = 1024 * 1024
out = Console(width=110)


@dataclass(frozen=True)
class Taken:
    """What the processes of one kind took: memory in MB as the system counts it (RSS) and as their share of it (PSS), and seconds of processor time."""

    rss: float
    pss: float
    seconds: float
    connections: int | None = None


@dataclass(frozen=True)
class Found:
    """One set-up: what its processes took, and by how many bytes its database grew."""

    taken: Mapping[str, Taken]
    grown: int


async def write(base: str, messages: int) -> None:
    """Customers say so many things altogether, each a few, and wait for every reply."""
    texts = itertools.cycle(customer_texts())
    left = iter(range(messages))

    async def one_after_another() -> None:
        while True:
            customer = WebCustomer(base)
            for _ in range(TURNS):
                if next(left, None) is None:
                    return await customer.leave()
                async with asyncio.timeout(60):
                    await customer.say(next(texts))
            await customer.leave()

    await asyncio.gather(*(one_after_another() for _ in range(CUSTOMERS)))


def kinds(processes: Mapping[str, int]) -> dict[str, list[psutil.Process]]:
    """All processes of a set-up by what they are: those named, and what they have started."""
    found: dict[str, list[psutil.Process]] = {}
    for name, pid in processes.items():
        root = psutil.Process(pid)
        found.setdefault(name, []).append(root)
        for child in root.children(recursive=True):
            kind = next(
                (
                    kind
                    for sign, kind in (("actions.server", "Rasa"), ("bot.keeper", "keeper"))
                    if sign in child.cmdline()
                ),
                name,
            )
            found.setdefault(kind, []).append(child)
    return found


async def measure(
    base: str, processes: Mapping[str, int], messages: int, size: Callable[[], int], ports: Callable[[], set[int]]
) -> Found:
    """Let customers write, and look before and after. `size` of the database, and the `ports` it is spoken to from."""
    await write(base, CUSTOMERS * TURNS)  # what is done once is done
    await asyncio.sleep(KEEPER_THERE)
    found = kinds(processes)
    spent, before = {kind: processor_seconds(*members) for kind, members in found.items()}, size()
    await write(base, messages)
    return Found({kind: _taken(members, spent[kind], ports()) for kind, members in found.items()}, size() - before)


def _taken(processes: list[psutil.Process], before: float, ports: set[int]) -> Taken:
    memory = [process.memory_full_info() for process in processes]
    mine = {line.laddr.port for process in processes for line in process.net_connections() if line.laddr}
    return Taken(
        sum(one.rss for one in memory) / MB,
        sum(one.pss for one in memory) / MB,
        processor_seconds(*processes) - before,
        len(mine & ports),
    )


async def shared(source: Path, folder: Path, messages: int) -> Found:
    """A web, a worker and a Rasa on PostgreSQL and Redis."""
    with postgres_server() as postgres, redis_server(folder) as redis:
        url = postgres.database()
        values = {"FRONTLINE_DATABASE_URL": url, "FRONTLINE_REDIS_URL": redis.url}
        home = copy_home(source, folder / "shared")
        async with (
            running_front_line(home, FRONTLINE_ROLE="worker", **values) as (worker, working),
            running_front_line(home, FRONTLINE_ROLE="web", **values) as (web, serving),
        ):
            await rasa_is_up(worker)
            assert postgres.process is not None
            processes = {
                "web": serving.pid,
                "worker": working.pid,
                "PostgreSQL": postgres.process.pid,
                "Redis": redis.process.pid,
            }
            return await measure(
                web, processes, messages, lambda: _asked(url, _SIZE)[0], lambda: set(_asked(url, _PORTS))
            )


_SIZE = "SELECT pg_database_size(current_database())"
_PORTS = "SELECT client_port FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


def _asked(url: str, question: str) -> list[int]:
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return list(connection.execute(text(question)).scalars())
    finally:
        engine.dispose()


async def alone(source: Path, folder: Path, messages: int) -> Found:
    """All in one, on SQLite."""
    home = copy_home(source, folder / "alone")
    async with running_front_line(home) as (base, child):
        await rasa_is_up(base)
        database = home / "frontline.db"
        return await measure(base, {"all in one": child.pid}, messages, lambda: database.stat().st_size, set)


def fit(source: Path, folder: Path) -> Taken:
    """`frontline train` from nothing to the sample content, on all processors. Memory is that of the largest process."""
    home = copy_home(source, folder / "fit")
    (home / "snapshots/current").unlink()
    values = {**os.environ, "FRONTLINE_HOME": str(home), "FRONTLINE_RASA__ENABLED": "false"}
    child = subprocess.Popen([sys.executable, "-m", "bot", "train"], cwd=ROOT, env=values, stdout=subprocess.DEVNULL)
    _, _, used = os.wait4(child.pid, 0)
    return Taken(used.ru_maxrss / 1024, used.ru_maxrss / 1024, used.ru_utime + used.ru_stime)


def show(found: Mapping[str, Found], fitted: Taken, messages: int) -> None:
    """Print the tables."""
    out.print(f"{Machine.this()}; {messages} messages, {CUSTOMERS} customers at once")
    for name, one in found.items():
        table = Table("process", "memory RSS / PSS, MB", "processor, s / 1 000 messages", "connections", title=name)
        for kind, taken in one.taken.items():
            seconds = 1000 * taken.seconds / messages
            table.add_row(kind, f"{taken.rss:.0f} / {taken.pss:.0f}", f"{seconds:.1f}", str(taken.connections or ""))
        out.print(table)
        out.print(f"database: {one.grown / messages:.0f} bytes a message")
    out.print(f"a fit: {fitted.rss:.0f} MB, {fitted.seconds:.0f} s of processor time")


def main() -> None:
    """Read the options and measure."""
    parser = argparse.ArgumentParser(prog="python -m bench.sizing", description=__doc__)
    parser.add_argument("--messages", type=int, default=1000, help="how many messages are written to each set-up")
    parser.add_argument("--home", type=Path, default=ROOT / "var/bench", help="where the prepared home is kept")
    options = parser.parse_args()
    source = prepared_home(options.home)
    with tempfile.TemporaryDirectory(prefix="frontline-sizing-") as name:
        folder = Path(name)
        found = {
            "several processes, PostgreSQL and Redis": asyncio.run(shared(source, folder, options.messages)),
            "all in one, SQLite": asyncio.run(alone(source, folder, options.messages)),
        }
        show(found, fit(source, folder), options.messages)


if __name__ == "__main__":
    main()
