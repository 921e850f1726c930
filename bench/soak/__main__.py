"""`make soak MINUTES=10 SEED=1`: the product under load and under blows, over and over, and the reckoning every few minutes.

The product runs as `make run` starts it, with its Rasa. Customers write in the web chat and on a fake Telegram that keeps what it was sent; each insists
until it is taken. Meanwhile processes are killed, Telegram delivers twice, refuses (429), fails (5xx), breaks off or never answers, and strangers at the
door send requests by halves or byte by byte. Every few minutes all are let finish, and everything that was said and answered is reckoned up: what
is lost, out of order or silently doubled ends the soak with exit code 1. `SEED` repeats what was chosen by chance.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import traceback
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

from rich.console import Console
from sqlalchemy import Engine, func, select

from bench.machine import Machine
from bench.processes import ROOT, copy_home, prepared_home
from bench.soak.course import Course, Sample, plot
from bench.soak.product import Product
from bench.soak.weather import Weather
from bot.storage.engines import make_engine
from bot.storage.tables import message
from tests.fakes.telegram import FakeTelegram
from tests.reliability import reckoning
from tests.reliability.crowd import Crowd

CHATS, PAGES = (40, 6), (40, 6)  # how many customers write at a time, and how much each has to say
BACKLOG = 200  # more is not let wait, or nothing would ever be done
SAMPLE_EVERY = 5.0  # seconds
RECKON_EVERY = 120.0  # seconds
DONE_WITHIN = 600.0  # seconds that may go by until everything that was said has been dealt with
LAG, FORGETFUL = 0.05, 0.1  # seconds until Telegram answers; how often it delivers again what was taken
out = Console(highlight=False)


class Soak:
    """One soak. `said` is what customers have said, by channel and chat."""

    def __init__(self, product: Product, telegram: FakeTelegram, engine: Engine, chance: random.Random) -> None:
        self.course = Course()
        self.said: dict[reckoning.Place, list[str]] = {}
        self._product = product
        self._telegram = telegram
        self._engine = engine
        self._chance = chance
        self.weather = Weather(product, telegram, chance, pause=5.0)

    async def run(self, minutes: float) -> None:
        """Load and blows for so long, each few minutes reckoned up. AssertionError says what does not hold."""
        async with _beside(self._telegram.keep_pushing, self._take_samples):
            while self.course.now < minutes * 60:
                until = min(self.course.now + RECKON_EVERY, minutes * 60)
                async with _beside(self.weather.blow):
                    while self.course.now < until:
                        await self._let_a_crowd_write()
                await self._let_all_finish()
                await asyncio.to_thread(self._reckon)

    async def _let_a_crowd_write(self) -> None:
        crowd = Crowd(self._telegram, [self._product.url], self._chance, chats=CHATS, pages=PAGES)
        async with _beside(lambda: reckoning.hold_back(crowd, self._engine, BACKLOG)):
            await crowd.write()
        for place, texts in crowd.said.items():
            self.said.setdefault(place, []).extend(texts)

    async def _let_all_finish(self) -> None:
        async with asyncio.timeout(DONE_WITHIN):
            while await asyncio.to_thread(reckoning.open_work, self._engine) or self._telegram.updates:  # noqa: ASYNC110
                await asyncio.sleep(0.5)

    def _reckon(self) -> None:
        reckoning.check_received(self._engine, self.said)
        reckoning.check_answered(self._engine)
        reckoning.check_replies_final(self._engine)
        reckoning.check_sent(self._engine, self._telegram)
        doubts = self._product.under_way + self.weather.doubtful
        uncertain = reckoning.uncertain(self._engine)
        assert uncertain <= doubts, f"{uncertain} replies are uncertain, and only {doubts} can be"
        assert self._telegram.mistakes == [], self._telegram.mistakes
        reckoning.check_ledger(self._product.home)
        out.print(
            f"{self.course.now / 60:6.1f} min: {self.told()}; {self.course.grown()}; {uncertain} uncertain: all holds"
        )

    def told(self) -> str:
        """How much there was of everything."""
        messages = sum(len(texts) for texts in self.said.values())
        return f"{messages} messages, {self._product.kills} kills, {self._product.rasa_kills} of Rasa"

    async def _take_samples(self) -> None:
        kills = 0
        while True:
            self.course.samples.append(await asyncio.to_thread(self._sample))
            if self._product.kills > kills:
                kills = self._product.kills
                self.course.kills.append(self.course.now)
            await asyncio.sleep(SAMPLE_EVERY)

    def _sample(self) -> Sample:
        messages = reckoning.rows_of(self._engine, select(func.count()).select_from(message))[0][0]
        product = self._product
        return Sample(self.course.now, messages, reckoning.open_work(self._engine), product.memory(), product.disk())


@contextlib.asynccontextmanager
async def _beside(*jobs: Callable[[], Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    """Run jobs beside what the context does; the failure of one is the failure of all."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(job()) for job in jobs]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()


async def soak(home: Path, minutes: float, seed: int, picture: Path) -> str | None:
    """Run; returns what does not hold, None if all does."""
    random.seed(seed)  # the fake Telegram draws from it
    engine, failed = make_engine(f"sqlite:///{home}/frontline.db"), None
    async with FakeTelegram(lag=LAG, forgetful=FORGETFUL) as telegram:
        product = Product(home, telegram, engine)
        one = Soak(product, telegram, engine, random.Random(seed))
        try:
            await product.start()
            await one.run(minutes)
        except Exception as error:
            failed = _told(error)
        finally:
            await product.kill()
            engine.dispose()
    out.print(", ".join(f"{number} × {name}" for name, number in sorted(one.weather.blows.items())))
    if one.course.samples:
        plot(one.course, f"{one.told()}; seed {seed}; {Machine.this().whole()}", picture)
        out.print(f"{one.course.grown()}; the picture is {picture}")
    return failed


def _told(error: BaseException) -> str:
    """What does not hold, and where that was found out; of a group of failures (PEP 654) the first. Any other error is raised again."""
    while inner := getattr(error, "exceptions", ()):
        error = inner[0]
    if not isinstance(error, (AssertionError, TimeoutError)):
        raise error
    return "".join(traceback.format_exception(error)[-3:])


def main() -> None:
    """Read the options and soak."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, help="that of the run to be repeated; else by chance")
    parser.add_argument("--home", type=Path, default=ROOT / "var/bench", help="where models and databases are kept")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(10**6)
    out.print(f"SEED={seed}")
    home = copy_home(prepared_home(options.home), options.home / "soak")
    failed = asyncio.run(soak(home, options.minutes, seed, options.home / "soak.png"))
    if failed is not None:
        raise SystemExit(
            f"Something was lost, out of order or doubled (SEED={seed}; the database is in {home}):\n{failed}"
        )


if __name__ == "__main__":
    main()
