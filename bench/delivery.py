"""`make bench-delivery`: from a signed webhook to a durable message, beside a bare aiohttp POST that keeps nothing.

The product runs as `make run` starts it, with a Telegram bot called by webhook (a fake Telegram stands for the vendor) and without Rasa.
It is measured twice: taking messages in alone, and answering them as well, in the same process on the same two cores. All are up at once and
are loaded in turns, in rounds; who is not loaded is stopped (SIGSTOP), so that nobody's work is counted for another. The table shows medians
over the rounds, a ratio is the median of the rounds' own ratios. Processor time a message says least of the machine's other work.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import signal
import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil
from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench.bare import running_bare
from bench.machine import Machine
from bench.posting import CUSTOMERS, FIRST_CUSTOMER, Posted, posted_apart
from bench.processes import ROOT, copy_home, prepared_home, processor_seconds, running_front_line
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.fakes.telegram_world import ME

CLIENTS = (1, 8, 64, 256)
INTAKE, ANSWERING, BARE = "front line, intake alone", "front line, answering too", "bare aiohttp POST"
GOAL, GOAL_AT = 0.5, 64
SECRET = "of-the-bench"
FIRST_UPDATE = 1_000_000_000
UPDATES_A_LOAD = 1_000_000  # numbers set aside for each load, more than any machine posts
out = Console(width=130)


@dataclass(frozen=True)
class System:
    """Something that takes updates: where, by which process, and into which database (None: into none)."""

    url: str
    process: asyncio.subprocess.Process
    database: Path | None = None


@dataclass(frozen=True)
class Taken:
    """One load of one system, and the processor time it spent on a message, in microseconds."""

    posted: Posted
    microseconds: float


Rounds = Mapping[str, Mapping[int, Sequence[Taken]]]
"""What was measured: by system, by number of clients, a value a round."""


@contextlib.asynccontextmanager
async def front_line(home: Path, telegram: FakeTelegram, *command: str) -> AsyncIterator[System]:
    """The product with a Telegram bot that is called."""
    environment = {
        "FRONTLINE_RASA__ENABLED": "false",
        "FRONTLINE_MOST_WAITING": str(UPDATES_A_LOAD * 1000),  # nothing is refused: what comes in is what is measured
        "FRONTLINE_TELEGRAM__TOKEN": TOKEN,
        "FRONTLINE_TELEGRAM__BASE_URL": telegram.base_url,
        "FRONTLINE_TELEGRAM__WEBHOOK_SECRET": SECRET,
        "FRONTLINE_WEB__PUBLIC_URL": "https://bot.example",
    }
    async with running_front_line(home, *command, **environment) as (base, child):
        yield System(f"{base}/webhooks/telegram/{ME['id']}", child, home / "frontline.db")


@contextlib.asynccontextmanager
async def systems(home: Path) -> AsyncIterator[Mapping[str, System]]:
    """All of them, running."""
    source = prepared_home(home)
    async with contextlib.AsyncExitStack() as stack:
        telegram = await stack.enter_async_context(FakeTelegram())
        for number in range(CUSTOMERS):
            telegram.chat(FIRST_CUSTOMER + number)
        found: dict[str, System] = {}
        for name, command in ((INTAKE, ("-m", "bench.intake")), (ANSWERING, ())):
            own = copy_home(source, home / f"delivery-{len(found)}")
            found[name] = await stack.enter_async_context(front_line(own, telegram, *command))
        bare, child = await stack.enter_async_context(running_bare(home / "bare.log"))
        yield {**found, BARE: System(f"{bare}/", child)}


@contextlib.contextmanager
def alone(chosen: System, everybody: Sequence[System]) -> Iterator[None]:
    """Only the chosen one runs. The children of the others, if they have any, are idle anyway."""
    others = [system.process for system in everybody if system is not chosen]
    for one in others:
        one.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for one in others:
            one.send_signal(signal.SIGCONT)


async def load(system: System, *, clients: int, seconds: float, first: int) -> Taken:
    """Post for `seconds`. RuntimeError where what was acknowledged is not in the database, or anything was refused."""
    process, before = psutil.Process(system.process.pid), stored(system)
    spent = processor_seconds(process)
    posted = await posted_apart(system.url, SECRET, clients=clients, seconds=seconds, first=first)
    spent = processor_seconds(process) - spent
    if posted.refused or (system.database and stored(system) - before < posted.accepted):
        raise RuntimeError(f"{posted}, but {stored(system) - before} messages are stored")
    return Taken(posted, spent / posted.accepted * 1e6)


def stored(system: System) -> int:
    """How many messages are durable."""
    if system.database is None:
        return 0
    with contextlib.closing(sqlite3.connect(f"file:{system.database}?mode=ro", uri=True)) as database:
        return int(database.execute("SELECT count(*) FROM message").fetchone()[0])


async def run(home: Path, seconds: float, rounds: int, clients: Sequence[int]) -> Rounds:
    """Warm all up, then load one after the other, round after round."""
    numbers = itertools.count(FIRST_UPDATE, UPDATES_A_LOAD)
    async with systems(home) as known:
        everybody = list(known.values())
        found: dict[str, dict[int, list[Taken]]] = {name: {number: [] for number in clients} for name in known}
        for system in everybody:
            with alone(system, everybody):
                await load(system, clients=8, seconds=min(seconds, 1.0), first=next(numbers))
        for _ in track(range(rounds), "Measuring …", console=out):
            for number in clients:
                for name, system in known.items():
                    with alone(system, everybody):
                        taken = await load(system, clients=number, seconds=seconds, first=next(numbers))
                    found[name][number].append(taken)
    return found


def show(found: Rounds) -> None:
    """Print the table and the ratios."""
    numbers = list(found[BARE])
    table = Table("", *(f"{number}: msg/s, p50 / p99 ms, µs" for number in numbers))
    for name, loads in found.items():
        table.add_row(name, *(_cell(loads[number]) for number in numbers))
    out.print(table)
    out.print(
        "msg/s: durable messages, for the bare POST requests; µs: processor time of the server a message", style="dim"
    )
    for name in (INTAKE, ANSWERING):
        for number in numbers:
            goal = f" (goal {GOAL:.0%})" if number == GOAL_AT else ""
            out.print(
                f"{name}, {number:>3} clients: {ratio(found[name][number], found[BARE][number]):.0%} of bare{goal}"
            )
    out.print(Machine.this().whole(), style="dim")


def _cell(taken: Sequence[Taken]) -> str:
    one = [(each.posted.rate, each.posted.p50, each.posted.p99, each.microseconds) for each in taken]
    rate, p50, p99, spent = (median(values) for values in zip(*one, strict=True))
    return f"{rate:.0f}, {p50:.1f} / {p99:.1f}, {spent:.0f}"


def ratio(ours: Sequence[Taken], theirs: Sequence[Taken]) -> float:
    """Our rate over theirs: the median of what it was in each round."""
    return median(mine.posted.rate / other.posted.rate for mine, other in zip(ours, theirs, strict=True))


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(prog="python -m bench.delivery", description=__doc__)
    parser.add_argument("--seconds", type=float, default=3, help="how long each load is kept up, in each round")
    parser.add_argument("--rounds", type=int, default=5, help="how often each is loaded")
    parser.add_argument("--clients", type=int, nargs="+", default=CLIENTS, help="how many post at once")
    parser.add_argument("--home", type=Path, default=ROOT / "var/bench", help="where models and databases are kept")
    options = parser.parse_args()
    show(asyncio.run(run(options.home, options.seconds, options.rounds, options.clients)))


if __name__ == "__main__":
    main()
