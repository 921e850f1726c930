"""What goes wrong meanwhile: processes die, the vendor refuses, breaks off or is silent, and strangers come to the door."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from random import Random
from urllib.parse import urlsplit

from bench.soak.product import Product
from tests.fakes.telegram import FakeTelegram, Lost
from tests.fakes.telegram_rules import Refusal

STRANGERS = 50
STRANGERS_STAY = 10.0  # seconds
_TOO_MANY = Refusal(429, "Too Many Requests: retry after 1", {"retry_after": 1})
_AWAY = Refusal(502, "Bad Gateway")


class Weather:
    """One blow after the other, at random, until cancelled. `doubtful`: faults after which nobody knows whether a reply arrived."""

    def __init__(self, product: Product, telegram: FakeTelegram, chance: Random, *, pause: float) -> None:
        self.blows: dict[str, int] = {}
        self.doubtful = 0
        self._product = product
        self._telegram = telegram
        self._chance = chance
        self._pause = pause
        self._strangers: set[asyncio.Task[None]] = set()
        self._kinds: list[tuple[Callable[[], Awaitable[None]], int]] = [
            (product.die_and_rise, 4),
            (self._rasa_dies, 2),
            (self._vendor_has_enough, 3),
            (self._vendor_fails, 3),
            (self._vendor_breaks_off, 3),
            (self._vendor_is_silent, 1),
            (self._strangers_ask_by_halves, 2),
            (self._strangers_are_slow, 2),
        ]

    async def blow(self) -> None:
        """Until cancelled; what has been begun is brought to its end first, so that the product is up afterwards."""
        kinds, weights = zip(*self._kinds, strict=True)
        try:
            while True:
                await asyncio.sleep(self._chance.uniform(0, 2 * self._pause))
                (kind,) = self._chance.choices(kinds, weights)
                name = kind.__name__.strip("_").replace("_", " ")
                self.blows[name] = self.blows.get(name, 0) + 1
                await _to_its_end(kind())
        finally:
            await asyncio.gather(*self._strangers, return_exceptions=True)

    async def _rasa_dies(self) -> None:
        self._product.kill_rasa()

    async def _vendor_has_enough(self) -> None:
        self._telegram.fail_next("sendMessage", *[_TOO_MANY] * self._chance.randint(5, 40))

    async def _vendor_fails(self) -> None:
        for method in ("sendMessage", "getUpdates", "setWebhook"):
            self._telegram.fail_next(method, *[_AWAY] * self._doubts(method, self._chance.randint(1, 5)))

    async def _vendor_breaks_off(self) -> None:
        number = self._doubts("sendMessage", self._chance.randint(1, 5))
        self._telegram.fail_next("sendMessage", *[Lost(reset=True)] * number)

    async def _vendor_is_silent(self) -> None:
        self._telegram.fail_next("sendMessage", *[Lost()] * self._doubts("sendMessage", 1))

    def _doubts(self, method: str, number: int) -> int:
        self.doubtful += number if method == "sendMessage" else 0
        return number

    async def _strangers_ask_by_halves(self) -> None:
        """They send half a request and stay, as behind a line that was cut."""
        self._come(b"POST /chat/api/messages HTTP/1.1\r\nHost: x\r\nContent-", b"")

    async def _strangers_are_slow(self) -> None:
        """They send a body byte by byte."""
        head = b"POST /chat/api/start HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
        self._come(head, b" ")

    def _come(self, first: bytes, further: bytes) -> None:
        for _ in range(STRANGERS):
            task = asyncio.create_task(_stay(self._product.url, first, further))
            self._strangers.add(task)
            task.add_done_callback(self._strangers.discard)


async def _to_its_end(work: Awaitable[None]) -> None:
    """Cancelled, wait for the end all the same."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise


async def _stay(url: str, first: bytes, further: bytes) -> None:
    where = urlsplit(url)
    with contextlib.suppress(OSError):
        _, writer = await asyncio.open_connection(where.hostname, where.port)
        writer.write(first)
        for _ in range(round(STRANGERS_STAY)):
            writer.write(further)
            await asyncio.sleep(1)
        writer.transport.abort()
