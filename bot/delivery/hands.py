"""What a process has in hand on one side of all conversations, as worker and outbox have it: so many things at once, each in a task of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic, Protocol, TypeVar

from sqlalchemy import Connection

from bot.delivery.patrol import finish, patrol
from bot.storage.lanes import Lanes
from bot.storage.live import Live
from bot.storage.presence import Presence
from bot.storage.store import Store

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Take(Protocol[T_co]):
    """Takes the first of up to `limit` free lanes, for the process with this number."""

    def __call__(self, connection: Connection, limit: int, process_id: int | None) -> Sequence[T_co]:
        """To be run in a transaction."""


class TakeBack(Protocol):
    """Has everything wait again that a process has taken, but for what it has `held`."""

    def __call__(self, connection: Connection, process_id: int, held: Collection[int]) -> int:
        """To be run in a transaction."""


@dataclass(frozen=True)
class Side(Generic[T]):
    """One side of all conversations: the `topic` of its hints, its lanes, and the units of work that take. `id_of` tells what is taken apart."""

    topic: str
    lanes: Lanes
    take: Take[T]
    take_back: TakeBack
    id_of: Callable[[T], int]


class Hands(Generic[T]):
    """Takes what fits into `slots` and gives each to `work`, which puts it down in the database."""

    def __init__(
        self,
        side: Side[T],
        work: Callable[[T], Coroutine[None, None, None]],
        store: Store,
        live: Live,
        presence: Presence,
        *,
        slots: int,
    ) -> None:
        self._side = side
        self._work = work
        self._store = store
        self._live = live
        self._presence = presence
        self._slots = slots
        self._running: dict[asyncio.Task[None], int] = {}  # what each works on
        self._untold = False  # whether something may have been taken that we do not know of

    async def run(self) -> None:
        """Work until cancelled; what is under way then is finished first, if it ends soon."""
        try:
            await patrol(self._live, self._side.topic, self._take_what_fits)
        finally:
            await finish(self._running.keys())

    async def _take_what_fits(self) -> None:
        if self._untold:
            await self._take_back()
        while (free := self._slots - len(self._running)) > 0 and await self._store.read(self._side.lanes.any_free):
            if (number := self._presence.number) is None:
                return
            self._untold = True
            taken = await self._store.write(partial(self._side.take, limit=free, process_id=number))
            self._untold = False
            if not taken:  # another process was faster
                return
            for one in taken:
                task = asyncio.create_task(self._work(one))
                self._running[task] = self._side.id_of(one)
                task.add_done_callback(self._done)

    async def _take_back(self) -> None:
        if (number := self._presence.number) is not None:  # what was done under another number is the takeover's
            held = frozenset(self._running.values())
            await self._store.write(partial(self._side.take_back, process_id=number, held=held))
            self._untold = False

    def _done(self, task: asyncio.Task[None]) -> None:
        del self._running[task]
        self._live.tell(self._side.topic)  # a lane and a slot are free again
