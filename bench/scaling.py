"""`make bench-scaling`: two workers with two Rasa processes beside one of each, behind one web, on a PostgreSQL and a Redis of their own.

Both set-ups are up at once and are loaded in turns, round after round; who is not loaded is idle. Where the machine has fewer cores than the larger set-up
has busy processes, the rate says nothing of it: processor time a message does, which must not grow where the work is shared.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil
from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench.load import Measured, WebCustomer, measure
from bench.machine import Machine
from bench.processes import ROOT, copy_home, prepared_home, processor_seconds, running_front_line
from bench.sizing import KEEPER_THERE
from bench.turns import customer_texts, rasa_is_up
from tests.servers import postgres_server, redis_server

CUSTOMERS = (8, 32)
WORKERS = (1, 2)
out = Console(width=110)


@dataclass(frozen=True)
class Installation:
    """A running set-up: where customers come in, and its own processes (those they have started are found by them)."""

    base: str
    processes: Sequence[int]

    def seconds(self) -> float:
        """Processor time spent so far."""
        own = [psutil.Process(pid) for pid in self.processes]
        everybody = [*own, *(child for one in own for child in one.children(recursive=True))]
        return processor_seconds(*everybody)


@dataclass(frozen=True)
class Loaded:
    """What customers measured, and the processor time of all processes for a message, in milliseconds."""

    measured: Measured
    milliseconds: float


@contextlib.asynccontextmanager
async def installed(source: Path, folder: Path, workers: int) -> AsyncIterator[Installation]:
    """One web and so many workers, each with a Rasa."""
    home = copy_home(source, folder)
    with postgres_server() as postgres, redis_server(folder) as redis:
        values = {"FRONTLINE_DATABASE_URL": postgres.database(), "FRONTLINE_REDIS_URL": redis.url}
        async with contextlib.AsyncExitStack() as stack:
            running = [
                await stack.enter_async_context(running_front_line(home, FRONTLINE_ROLE=role, **values))
                for role in (*["worker"] * workers, "web")
            ]
            for base, _ in running[:workers]:
                await rasa_is_up(base)
            assert postgres.process is not None
            servers = (postgres.process.pid, redis.process.pid)
            yield Installation(running[-1][0], [*(child.pid for _, child in running), *servers])


async def load(one: Installation, customers: int, seconds: float) -> Loaded:
    """Let so many customers write for so long."""
    spent, began = one.seconds(), time.perf_counter()
    measured = await measure(lambda: WebCustomer(one.base), customer_texts(), customers=customers, seconds=seconds)
    messages = measured.rate * (time.perf_counter() - began)  # the last replies come when the time is up
    return Loaded(measured, (one.seconds() - spent) / messages * 1000)


async def run(source: Path, folder: Path, seconds: float, rounds: int) -> Mapping[int, Mapping[int, Sequence[Loaded]]]:
    """What was measured by number of workers and of customers, a value a round."""
    async with contextlib.AsyncExitStack() as stack:
        installations = {
            workers: await stack.enter_async_context(installed(source, folder / str(workers), workers))
            for workers in WORKERS
        }
        found: dict[int, dict[int, list[Loaded]]] = {one: {number: [] for number in CUSTOMERS} for one in installations}
        for one in installations.values():
            await load(one, 4, 3)
        await asyncio.sleep(KEEPER_THERE)
        for _ in track(range(rounds), "Measuring …", console=out):
            for number in CUSTOMERS:
                for workers, one in installations.items():
                    found[workers][number].append(await load(one, number, seconds))
    return found


def show(found: Mapping[int, Mapping[int, Sequence[Loaded]]]) -> None:
    """Print medians over the rounds, and of the larger set-up how it does beside the smaller."""
    table = Table(
        "workers + Rasa", *(f"{number} customers: p50 / p99 ms, msg/s, ms of processor" for number in CUSTOMERS)
    )
    for workers, loads in found.items():
        table.add_row(f"{workers} + {workers}", *(_cell(loads[number]) for number in CUSTOMERS))
    out.print(table)
    for number in CUSTOMERS:
        few, many = (found[workers][number] for workers in WORKERS)
        rate = median(mine.measured.rate / other.measured.rate for mine, other in zip(many, few, strict=True))
        spent = median(mine.milliseconds / other.milliseconds for mine, other in zip(many, few, strict=True))
        out.print(f"{number:>2} customers: {rate:.2f} × the rate, {spent:.2f} × the processor time a message")
    out.print(Machine.this().whole(), style="dim")


def _cell(loads: Sequence[Loaded]) -> str:
    one = [(each.measured.p50, each.measured.p99, each.measured.rate, each.milliseconds) for each in loads]
    p50, p99, rate, spent = (median(values) for values in zip(*one, strict=True))
    return f"{p50:.1f} / {p99:.1f}, {rate:.0f}, {spent:.1f}"


def main() -> None:
    """Read the options and measure."""
    parser = argparse.ArgumentParser(prog="python -m bench.scaling", description=__doc__)
    parser.add_argument("--seconds", type=float, default=8, help="how long each load is kept up, in each round")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is loaded")
    parser.add_argument("--home", type=Path, default=ROOT / "var/bench", help="where the prepared home is kept")
    options = parser.parse_args()
    source = prepared_home(options.home)
    with tempfile.TemporaryDirectory(prefix="frontline-scaling-") as name:
        show(asyncio.run(run(source, Path(name), options.seconds, options.rounds)))


if __name__ == "__main__":
    main()
