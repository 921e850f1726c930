"""The inbox: whatever a channel brings is committed here before the channel is told that we have it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import structlog

from bot.delivery.backlog import Backlog
from bot.domain.message import EventKind, InboundEvent
from bot.errors import StorageAway, StorageFull
from bot.storage import intake
from bot.storage.intake import Accepted
from bot.storage.live import Live
from bot.storage.store import Store

MOST = 200  # deliveries a transaction; more only delays the first of them
_LOG = structlog.get_logger()

Delivery = tuple[Sequence[InboundEvent], asyncio.Future[list[Accepted]]]
"""Events that came together, and what accepting them will have come to."""


class Inbox:
    """Accepts events, exactly once each. What comes in while something is being committed is committed together after it.

    What waits for that in memory is what somebody at a door waits for; what waits in the database is held in bounds by the `backlog`.
    """

    def __init__(self, store: Store, live: Live, backlog: Backlog) -> None:
        self.backlog = backlog
        self._store = store
        self._live = live
        self._waiting: list[Delivery] = []
        self._committing: asyncio.Task[None] | None = None

    async def accept(self, events: Sequence[InboundEvent], progress: dict[str, Any] | None = None) -> list[Accepted]:
        """Commit `events` and, in the same transaction, a poller's `progress`; raises StorageFull if the disk is.

        While the backlog is full a poller waits here, asking for no more and confirming none of it; everybody else meets BacklogFull.
        """
        if not events:
            return []
        if progress is not None:
            await self.backlog.wait_for_room()
        with self.backlog.entering(len(events)):
            if progress is None:
                return await self._accept_together(events)
            accepted = await self._store.write(
                lambda connection: intake.accept(connection, events, progress), intake=True
            )
            self._tell(events, accepted)
            return accepted

    async def _accept_together(self, events: Sequence[InboundEvent]) -> list[Accepted]:
        done: asyncio.Future[list[Accepted]] = asyncio.get_running_loop().create_future()
        self._waiting.append((events, done))
        if self._committing is None:
            self._committing = asyncio.create_task(self._commit_all())
        return await done

    async def _commit_all(self) -> None:
        try:
            while self._waiting:
                together, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                await self._commit(together)
        finally:
            self._committing = None

    async def _commit(self, together: Sequence[Delivery]) -> None:
        events = [event for delivered, _ in together for event in delivered]
        try:
            accepted = await self._store.write(lambda connection: intake.accept(connection, events), intake=True)
        except (StorageAway, StorageFull) as error:
            _fail(together, error)
        except Exception as error:
            if len(together) == 1:
                _fail(together, error)
                return
            for one in together:  # what is wrong with one is not the others' fault
                await self._commit([one])
        else:
            self._tell(events, accepted)
            results = iter(accepted)
            for delivered, done in together:
                mine = [next(results) for _ in delivered]
                if not done.done():  # else nobody waits any more
                    done.set_result(mine)

    def _tell(self, events: Sequence[InboundEvent], accepted: Sequence[Accepted]) -> None:
        for item, result in zip(events, accepted, strict=True):
            if not result.new:
                _LOG.info("event.duplicate", channel=item.key.channel, conversation=result.conversation_id)
            elif result.conversation_id is None:
                _LOG.info("event.ignored", channel=item.key.channel, reason=item.reason)
            else:
                self._live.tell(f"chat:{result.conversation_id}", "items")
                self._live.tell("desk", f"conversation:{result.conversation_id}")
                if item.kind in (EventKind.TAKEN_OVER, EventKind.GIVEN_BACK):
                    self._live.tell("desk", "queue")
        self._live.tell("inbox")


def _fail(together: Sequence[Delivery], error: Exception) -> None:
    for _, done in together:
        if not done.done():
            done.set_exception(error)
