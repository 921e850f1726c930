"""`make bench`: a turn through the web chat's own door, beside bare Rasa with the same model and Rasa's default pipeline.

All in one run on one machine; ratios say more than milliseconds.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
from collections.abc import Callable
from pathlib import Path

import aiohttp
from rich.console import Console
from rich.table import Table

from bench.default_pipeline import trained_default_pipeline
from bench.load import Customer, Measured, RasaCustomer, WebCustomer, measure
from bench.processes import ROOT, copy_home, prepared_home, running_front_line, running_rasa

CUSTOMERS = (1, 8, 32)
out = Console()


def customer_texts() -> list[str]:
    """What customers of the development set write."""
    with (ROOT / "data/evaluation/questions.dev.tsv").open(encoding="utf-8") as file:
        return [row["text"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]


async def rates(arrive: Callable[[], Customer], seconds: float) -> list[Measured]:
    """Warm up, then measure with each number of customers."""
    texts = customer_texts()
    await measure(arrive, texts, customers=4, seconds=min(seconds, 3))
    return [await measure(arrive, texts, customers=number, seconds=seconds) for number in CUSTOMERS]


async def run(home: Path, seconds: float, *, default: bool) -> dict[str, list[Measured]]:
    """Measure each system alone, one after the other."""
    found: dict[str, list[Measured]] = {}
    source = prepared_home(home)
    async with running_front_line(copy_home(source, home / "front")) as (base, _):
        await _rasa_is_up(base)
        found["front line, web chat"] = await rates(lambda: WebCustomer(base), seconds)
    async with running_rasa(source, source / "rasa/model.tar.gz") as base:
        found["bare Rasa, same model"] = await rates(lambda: RasaCustomer(base), seconds)
    if default:
        model = await trained_default_pipeline(home, out)
        async with running_rasa(source, model) as base:
            found["Rasa, DIET + TED"] = await rates(lambda: RasaCustomer(base), seconds)
    return found


async def _rasa_is_up(base: str) -> None:
    """Wait until Rasa itself, not its stand-in, takes the turns."""
    async with asyncio.timeout(120), aiohttp.ClientSession() as session:
        while True:
            async with session.get(f"{base}/healthz") as response:
                if (await response.json())["rasa"]:
                    return
            await asyncio.sleep(0.2)


def show(found: dict[str, list[Measured]]) -> None:
    """Print the table and the ratios the product promises."""
    table = Table("", *(f"{number} p50 / p99 ms" for number in CUSTOMERS), *(f"{number} msg/s" for number in CUSTOMERS))
    for name, rows in found.items():
        cells = [f"{row.p50:.1f} / {row.p99:.1f}" for row in rows] + [f"{row.rate:.0f}" for row in rows]
        table.add_row(name, *cells)
    out.print(table)
    ours, bare = found["front line, web chat"], found["bare Rasa, same model"]
    for mine, theirs in zip(ours, bare, strict=True):
        out.print(
            f"{mine.customers:>2} customers: {mine.rate / theirs.rate:.0%} of bare Rasa's rate,"
            f" {mine.p50 - theirs.p50:+.1f} ms at p50"
        )
    for mine, theirs in zip(ours, found.get("Rasa, DIET + TED", []), strict=False):
        out.print(f"{mine.customers:>2} customers: {mine.rate / theirs.rate:.1f} × the default pipeline's rate")


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(prog="python -m bench.turns", description=__doc__)
    parser.add_argument("--seconds", type=float, default=15, help="how long each load is kept up")
    parser.add_argument("--home", type=Path, default=ROOT / "var/bench", help="where models and databases are kept")
    parser.add_argument("--without-default", action="store_true", help="leave the DIET + TED pipeline out")
    options = parser.parse_args()
    show(asyncio.run(run(options.home, options.seconds, default=not options.without_default)))


if __name__ == "__main__":
    main()
