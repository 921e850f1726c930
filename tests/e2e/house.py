"""A front line within the tests' process, with one channel that is theirs: they say when a file that was sent there can be had."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import Future
from itertools import count
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar

from bot.assembly import Core, core
from bot.channels.base import Capabilities, Channel
from bot.domain.conversation import ConversationKey
from bot.domain.message import Attachment, EventKind, InboundEvent, Missing
from bot.domain.reply import Outgoing, Receipt
from bot.doorways import Doorways
from bot.errors import FileMissing
from bot.rates import LocalRates
from bot.serving import _add_person
from bot.settings import Rasa, Settings
from bot.web.app import build_app
from bot.web.doors import Doors
from bot.web.listening import listening

T = TypeVar("T")
PATIENCE = 60.0
_NUMBERS = count(1)


class Shelf(Channel):
    """A channel that hands out a file once it has been put there, by its `source`."""

    name = "telegram"
    account = "shelf"
    capabilities = Capabilities(max_text=4096)

    def __init__(self) -> None:
        self._files: dict[str, asyncio.Future[bytes | Missing]] = {}

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Nobody listens."""
        return Receipt(str(outgoing.id))

    async def fetch(self, file: Attachment) -> bytes:
        """Waits for it."""
        found = await self._place(file.source)
        if isinstance(found, Missing):
            raise FileMissing(found)
        return found

    async def put(self, source: str, content: bytes | Missing) -> None:
        """From now on it is there, or known to be missing."""
        self._place(source).set_result(content)

    def _place(self, source: str) -> asyncio.Future[bytes | Missing]:
        return self._files.setdefault(source, asyncio.get_running_loop().create_future())


class House:
    """Runs in a thread of its own. `url` is where its pages are, `password` that of the agent `anna`."""

    url: str
    password: str

    def __init__(self, home: Path) -> None:
        self._settings = Settings(home=home, port=0, rasa=Rasa(enabled=False))
        self._shelf = Shelf()
        self._loop = asyncio.new_event_loop()

    def says(self, text: str, *files: Attachment) -> None:
        """A customer whom nobody knows writes, and it is durable."""
        number = next(_NUMBERS)
        key = ConversationKey(Shelf.name, Shelf.account, f"chat-{number}")
        event = InboundEvent(key, f"e{number}", EventKind.MESSAGE, f"m{number}", text, attachments=files, language="de")
        self._do(self._core.inbox.accept([event]))

    def put(self, source: str, content: bytes | Missing) -> None:
        """The file can be had, or is known to be missing."""
        self._do(self._shelf.put(source, content))

    @contextlib.contextmanager
    def open(self) -> Iterator[None]:
        """Until the context ends."""
        ready: Future[None] = Future()
        over = asyncio.Event()
        thread = Thread(target=lambda: self._loop.run_until_complete(self._live(ready, over)))
        thread.start()
        try:
            ready.result(PATIENCE)
            yield
        finally:
            self._loop.call_soon_threadsafe(over.set)
            thread.join(PATIENCE)
            self._loop.close()

    def _do(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(PATIENCE)

    async def _live(self, ready: Future[None], over: asyncio.Event) -> None:
        try:
            async with core(self._settings, lambda _: Doorways([self._shelf])) as self._core, self._doors() as port:
                self.url = f"http://127.0.0.1:{port}"
                self.password = await asyncio.to_thread(_add_person, self._core.store, "anna", "Anna Weber", "agent")
                ready.set_result(None)
                await over.wait()
        except BaseException as error:
            if not ready.done():
                ready.set_exception(error)
            raise

    @contextlib.asynccontextmanager
    async def _doors(self) -> AsyncIterator[int]:
        inner: Core = self._core
        doors = Doors(
            self._settings,
            inner.store,
            inner.live,
            inner.inbox,
            inner.desk,
            inner.library,
            LocalRates(),
            lambda: (0, 0),
        )
        async with listening(build_app(doors, []), self._settings) as port:
            yield port
