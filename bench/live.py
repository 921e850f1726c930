"""`make bench-live`: how long it takes until a changed answer is given everywhere, and whether anybody waits meanwhile.

The product runs as `make run` starts it, with the sample content. An answer is published and archived in turns, as an import does it, while a customer at the web
chat (Rasa reads) and a visitor of the public pages (the bot's own brain searches) ask for it again and again. A change counts from its commit until both
get what is true now. Beside it: a whole fit of the same content, which is what they would wait for without patching, and the longest
answer in a quiet time before, for a longest one says little alone.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from statistics import median

import aiohttp
from rich.console import Console
from rich.table import Table

from bench.load import WebCustomer
from bench.processes import ROOT, copy_home, prepared_home, running_front_line
from bench.turns import rasa_is_up
from bot.domain.answer import Answer, AnswerText, Phrasing
from bot.knowledge.publishing import import_answers
from bot.settings import Settings
from bot.snapshots import Publisher, open_store
from bot.storage import answers

MARK = "Zorkelbescheid"
QUESTION = "zorkelbescheid anfordern"
FRESH = Answer(
    id="zorkel",
    kind="faq",
    topic="billing",
    topic_titles=(("de", "Rechnung"),),
    texts=(AnswerText("de", "Wie fordere ich den Zorkelbescheid an?", f"Der {MARK} kommt mit der Post."),),
    phrasings=tuple(
        Phrasing("de", text) for text in (QUESTION, "zorkelbescheid bestellen", "ich brauche einen zorkelbescheid")
    ),
)
TURNS = 10  # a customer asks so often, then another comes
PAUSE = 0.03  # seconds between an answer and the next question: customers leave the processors some time
PATIENCE = 60.0
out = Console(width=120)


class Asker:
    """Asks again and again; notes how long each answer took and whether the fresh answer was in it."""

    def __init__(self, ask: Callable[[], Awaitable[bool]]) -> None:
        self._ask = ask
        self.took: list[float] = []
        self.given: bool | None = None

    async def run(self) -> None:
        """Ask until cancelled."""
        while True:
            began = time.perf_counter()
            self.given = await self._ask()
            self.took.append(time.perf_counter() - began)
            await asyncio.sleep(PAUSE)

    async def until(self, given: bool, began: float) -> float:
        """Wait until the fresh answer is given, or is not; returns the seconds since `began`."""
        async with asyncio.timeout(PATIENCE):
            while self.given is not given:  # noqa: ASYNC110 -- asked, not told
                await asyncio.sleep(0.005)
        return time.perf_counter() - began


@contextlib.asynccontextmanager
async def askers(base: str) -> AsyncIterator[dict[str, Asker]]:
    """A customer and a visitor, asking."""
    counted, present = itertools.count(), [WebCustomer(base)]

    async def at_the_chat() -> bool:
        if next(counted) % TURNS == TURNS - 1:
            await present.pop().leave()
            present.append(WebCustomer(base))
        await present[0].say(QUESTION)
        return MARK in str(present[0].heard)

    async with aiohttp.ClientSession() as session:

        async def at_the_pages() -> bool:
            async with session.get(f"{base}/answers", params={"q": QUESTION}) as response:
                return "answers/zorkel" in await response.text()

        asking = {"web chat (Rasa)": Asker(at_the_chat), "public pages (bot)": Asker(at_the_pages)}
        tasks = [asyncio.create_task(asker.run()) for asker in asking.values()]
        try:
            yield asking
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await present[0].leave()


async def measure(home: Path, rounds: int) -> Table:
    """Change and change back, then wait for the fit."""
    settings = Settings(home=home)
    store = open_store(settings)
    publisher, kept = Publisher(settings, store), store.read_now(answers.published)
    table = Table("", "new answer given", "archived one gone", "median answer", "longest, quiet", "longest, changing")

    async def change(items: list[Answer]) -> float:
        await store.write(lambda connection: import_answers(connection, items))
        return time.perf_counter()

    async with running_front_line(home) as (base, _):
        await rasa_is_up(base)
        async with askers(base) as asking:
            await asyncio.sleep(10)
            quiet = {name: asker.took[20:] for name, asker in asking.items()}
            live: dict[str, dict[bool, list[float]]] = {name: {True: [], False: []} for name in asking}
            for asker in asking.values():
                asker.took = []
            for given in [True, False] * rounds + [True]:
                began = await change([*kept, FRESH] if given else kept)
                waited = await asyncio.gather(*(asker.until(given, began) for asker in asking.values()))
                out.print(f"{'published' if given else 'archived'}: {', '.join(f'{s:.2f}' for s in waited)} s")
                for name, seconds in zip(asking, waited, strict=True):
                    live[name][given].append(seconds)
                await asyncio.sleep(1)
            content = publisher.content()
            while not publisher.is_fitted(content):  # noqa: ASYNC110 -- another process fits
                await asyncio.sleep(0.1)
            fitted = time.perf_counter() - began
            await asyncio.sleep(2)
    for name, asker in asking.items():
        told = [f"{median(live[name][given]):.2f} s (at most {max(live[name][given]):.2f})" for given in (True, False)]
        figures = [f"{1000 * value:.0f} ms" for value in (median(quiet[name]), max(quiet[name]), max(asker.took))]
        table.add_row(name, *told, *figures)
    slowest = max(median(found[True]) for found in live.values())
    table.title = f"{sum(len(p.phrasings) for p in publisher.content().answers)} phrasings"
    table.caption = f"a whole fit, in the background: {fitted:.0f} s, {fitted / slowest:.0f} times as long"
    store.close()
    return table


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(prog="python -m bench.live", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often the answer is published and archived")
    parser.add_argument("--home", type=Path, default=ROOT / "var/bench", help="where models and databases are kept")
    options = parser.parse_args()
    home = copy_home(prepared_home(options.home), options.home / "live")
    out.print(asyncio.run(measure(home, options.rounds)))


if __name__ == "__main__":
    main()
