"""Customers in numbers, on Telegram and in the web chat. Each says everything in order, and insists until it is taken."""

from __future__ import annotations

import asyncio
import itertools
import uuid
from collections.abc import Callable, Sequence
from random import Random

import aiohttp

from tests.fakes.telegram import FakeTelegram

SAYINGS = ("hallo", "danke dir", "Wie kann ich kündigen?", "hi", "Kann ich mit einem Menschen sprechen?", "guten Tag")
_TAKEN = (201, 202)


class Crowd:
    """So many chats and pages, and so many messages of each. `said` has all that was said, by channel and chat.

    Pages come to any of `doors` anew with each try, as through a load balancer. Chats write as fast as the pages get on, so that there is
    something to do on both channels all the time. `waits`: that nobody writes for now.
    """

    def __init__(
        self,
        telegram: FakeTelegram,
        doors: Sequence[str],
        chance: Random,
        *,
        chats: tuple[int, int],
        pages: tuple[int, int],
    ) -> None:
        self._telegram = telegram
        self._doors = doors
        self._chance = chance
        self._chats, self._messages_of_chat = chats
        self._pages, self._messages_of_page = pages
        self._taken = 0  # messages of pages
        self.waits = False
        self._progress = asyncio.Event()
        self.said: dict[tuple[str, str], list[str]] = {}

    @property
    def messages(self) -> int:
        """How many messages there will have been."""
        return self._chats * self._messages_of_chat + self._pages * self._messages_of_page

    async def write(self) -> None:
        """Everybody writes; done when everything has been taken, by Telegram or by the web chat."""
        patience = aiohttp.ClientTimeout(
            5, sock_connect=1
        )  # who does not even connect is cut off: another door is tried
        async with aiohttp.ClientSession(timeout=patience) as session, asyncio.TaskGroup() as group:
            for number in range(self._chats):
                group.create_task(self._write_on_telegram(1000 + number))
            for _ in range(self._pages):
                group.create_task(self._write_on_page(session))

    async def until(self, part: float) -> None:
        """Wait until this part of what the pages have to say, from 0 to 1, has been taken."""
        while self._taken < part * self._pages * self._messages_of_page:
            await self._progress.wait()

    def _words(self) -> Callable[[], str]:
        numbers = itertools.count()
        return lambda: f"{self._chance.choice(SAYINGS)} {next(numbers)}"

    async def _write_on_telegram(self, chat: int) -> None:
        said, words = self.said.setdefault(("telegram", str(chat)), []), self._words()
        for number in range(self._messages_of_chat):
            await self.until((number + self._chance.random()) / (self._messages_of_chat + 1))
            said.append(words())
            self._telegram.customer_says(chat, said[-1])

    async def _write_on_page(self, session: aiohttp.ClientSession) -> None:
        started = await self._insist(session, "start", {"language": "de"}, {})
        said, words = self.said.setdefault(("web", started["conversation"]), []), self._words()
        headers = {"Authorization": f"Bearer {started['token']}"}
        for _ in range(self._messages_of_page):
            await asyncio.sleep(self._chance.uniform(0, 0.5))
            while self.waits:
                await asyncio.sleep(0.1)
            text = words()
            await self._insist(session, "messages", {"client_id": str(uuid.uuid4()), "text": text}, headers)
            said.append(text)
            self._taken += 1
            self._progress.set()
            self._progress = asyncio.Event()

    async def _insist(
        self, session: aiohttp.ClientSession, door: str, body: dict[str, str], headers: dict[str, str]
    ) -> dict[str, str]:
        """Post until it is taken: the same message has the same client_id each time."""
        while True:
            try:
                url = f"{self._chance.choice(self._doors)}/chat/api/{door}"
                async with session.post(url, json=body, headers=headers) as response:
                    if response.status in _TAKEN:
                        return dict(await response.json())
                    assert response.status in (429, 503), await response.text()
            except (aiohttp.ClientError, TimeoutError):
                pass  # nobody is there: it is asked again
            await asyncio.sleep(self._chance.uniform(0.05, 0.3))
