"""`make bench`: a turn through the web chat's own door, beside bare Rasa with the same model and Rasa's default pipeline.

All are up at once on one machine and are loaded in turns, in rounds: machines drift, and so each round meets the same weather. The table
shows medians over the rounds; a ratio is the median of the rounds' own ratios, and says more than milliseconds.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import csv
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from statistics import median

import aiohttp
from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench.default_pipeline import trained_default_pipeline
from bench.load import Customer, Measured, RasaCustomer, WebCustomer, measure
from bench.processes import ROOT, copy_home, prepared_home, running_front_line, running_rasa

CUSTOMERS = (1, 8, 32)
OURS, BARE, DEFAULT = "front line, web chat", "bare Rasa, same model", "Rasa, DIET + TED"
out = Console()

Arrivals = Mapping[str, Callable[[], Customer]]
Rounds = Mapping[str, Mapping[int, Sequence[Measured]]]
"""What was measured: by system, by number of customers, a value a round."""


def customer_texts() -> list[str]:
    """What customers of the development set write."""
    with (ROOT / "data/evaluation/questions.dev.tsv").open(encoding="utf-8") as file:
        return [row["text"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]


@contextlib.asynccontextmanager
async def systems(home: Path, *, default: bool) -> AsyncIterator[Arrivals]:
    """All systems running; how a customer of each arrives."""
    source = prepared_home(home)
    model = await trained_default_pipeline(home, out) if default else None
    async with contextlib.AsyncExitStack() as stack:
        front, _ = await stack.enter_async_context(running_front_line(copy_home(source, home / "front")))
        await rasa_is_up(front)
        bare = await stack.enter_async_context(running_rasa(source, source / "rasa/model.tar.gz"))
        arrivals = {OURS: lambda: WebCustomer(front), BARE: lambda: RasaCustomer(bare)}
        if model is not None:
            other = await stack.enter_async_context(running_rasa(source, model))
            arrivals[DEFAULT] = lambda: RasaCustomer(other)
        yield arrivals


async def run(home: Path, seconds: float, rounds: int, *, default: bool) -> Rounds:
    """Warm all up, then load one after the other, round after round."""
    texts = customer_texts()
    async with systems(home, default=default) as arrivals:
        found: dict[str, dict[int, list[Measured]]] = {name: {number: [] for number in CUSTOMERS} for name in arrivals}
        for arrive in arrivals.values():
            await measure(arrive, texts, customers=4, seconds=min(seconds, 3))
        for _ in track(range(rounds), "Measuring …", console=out):
            for number in CUSTOMERS:
                for name, arrive in arrivals.items():
                    found[name][number].append(await measure(arrive, texts, customers=number, seconds=seconds))
    return found


async def rasa_is_up(base: str) -> None:
    """Wait until Rasa itself, not its stand-in, takes the turns."""
    async with asyncio.timeout(120), aiohttp.ClientSession() as session:
        while True:
            async with session.get(f"{base}/healthz") as response:
                if (await response.json())["rasa"]:
                    return
            await asyncio.sleep(0.2)


def show(found: Rounds) -> None:
    """Print the table and the ratios the product promises."""
    table = Table("", *(f"{number}: p50 / p99 ms, msg/s" for number in CUSTOMERS))
    for name, loads in found.items():
        table.add_row(name, *(_cell(loads[number]) for number in CUSTOMERS))
    out.print(table)
    for number in CUSTOMERS:
        ours, bare = found[OURS][number], found[BARE][number]
        added = median(mine.p50 - theirs.p50 for mine, theirs in zip(ours, bare, strict=True))
        line = f"{number:>2} customers: {_ratio(ours, bare):.0%} of bare Rasa's rate, {added:+.1f} ms at p50"
        if DEFAULT in found:
            line += f"; {_ratio(ours, found[DEFAULT][number]):.1f} × the default pipeline's rate"
        out.print(line)


def _cell(measured: Sequence[Measured]) -> str:
    p50, p99, rate = (median(values) for values in zip(*((m.p50, m.p99, m.rate) for m in measured), strict=True))
    return f"{p50:.1f} / {p99:.1f}, {rate:.0f}"


def _ratio(ours: Sequence[Measured], theirs: Sequence[Measured]) -> float:
    return median(mine.rate / other.rate for mine, other in zip(ours, theirs, strict=True))


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(prog="python -m bench.turns", description=__doc__)
    parser.add_argument("--seconds", type=float, default=5, help="how long each load is kept up, in each round")
    parser.add_argument("--rounds", type=int, default=5, help="how often each is loaded")
    parser.add_argument("--home", type=Path, default=ROOT / "var/bench", help="where models and databases are kept")
    parser.add_argument("--without-default", action="store_true", help="leave the DIET + TED pipeline out")
    options = parser.parse_args()
    show(asyncio.run(run(options.home, options.seconds, options.rounds, default=not options.without_default)))


if __name__ == "__main__":
    main()
