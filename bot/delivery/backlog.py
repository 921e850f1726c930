"""Back pressure: while too much waits for an answer, nothing more is taken in. The channels keep it and deliver it again, and what was taken stays."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator
from functools import partial

import structlog

from bot.errors import BacklogFull, StorageAway
from bot.storage import backlog as units
from bot.storage.store import Store

LOOK_EVERY = 1.0  # seconds
SHARE = 0.05  # of the time that counting may take
DRAINED = 0.9  # of what may wait; doors that open and shut with each message would help nobody
_LOG = structlog.get_logger()


class Backlog:
    """What waits in the database, as this process knows it: counted once a second, and reckoned from what comes in here in between.

    From `most` messages on it is full, until a tenth of them has been worked off. A conversation counts with no more than `most_of_conversation`, so
    that nobody shuts the doors alone.
    """

    def __init__(self, store: Store, *, most: int, most_of_conversation: int) -> None:
        self._store = store
        self._most = most
        self._most_of_conversation = most_of_conversation
        self._waiting = 0
        self._entered = self._left_hand = 0  # events given to be committed so far, and those of them that have been
        self._room = asyncio.Event()
        self._room.set()

    @property
    def is_full(self) -> bool:
        """Whether intake is refused."""
        return not self._room.is_set()

    def check(self) -> None:
        """Raise BacklogFull where it is: for doors that can say so before they have done anything."""
        if self.is_full:
            raise BacklogFull("so many messages are waiting that no more are taken in; try again in a moment")

    @contextlib.contextmanager
    def entering(self, number: int) -> Iterator[None]:
        """So many events are committed while the context lasts. Raises BacklogFull, and none may be then."""
        self.check()
        self._entered += number
        self._know(self._waiting + number)
        try:
            yield
        finally:
            self._left_hand += number

    async def wait_for_room(self) -> None:
        """For those who can wait: returns once it is not full."""
        while self.is_full:
            await self._room.wait()

    async def takes_more_of(self, conversation_id: int) -> bool:
        """Whether fewer messages of this conversation wait than may."""
        most = self._most_of_conversation
        here = partial(units.waiting_in, conversation_id=conversation_id, most=most)
        return await self._store.read(here) < most

    async def run(self) -> None:
        """Look once a second until cancelled, less often where that is much work. While the database is away nothing is known anew."""
        while True:
            began = time.monotonic()
            with contextlib.suppress(StorageAway):
                await self.look()
            await asyncio.sleep(max(LOOK_EVERY, (time.monotonic() - began) / SHARE))

    async def look(self) -> None:
        """Count now."""
        committed = self._left_hand  # what was under way by then, or has come since, may be counted or not: it is added
        query = partial(units.waiting, most_of_conversation=self._most_of_conversation)
        counted = await asyncio.to_thread(self._store.read_now, query)
        self._know(counted + self._entered - committed)

    def _know(self, waiting: int) -> None:
        self._waiting = waiting
        if not self.is_full and waiting >= self._most:
            self._room.clear()
            _LOG.warning("backlog.full", waiting=waiting, most=self._most, meaning="doors answer 503, pollers wait")
        elif self.is_full and waiting <= self._most * DRAINED:
            self._room.set()
            _LOG.info("backlog.drained", waiting=waiting)
