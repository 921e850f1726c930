"""The worker: takes messages lane by lane and gives each to the conversation. A message that keeps failing goes to a person."""

from __future__ import annotations

import asyncio
from typing import Protocol

import structlog

from bot.delivery.hands import Hands, Side
from bot.delivery.retry import MAX_ATTEMPTS, Backoff
from bot.errors import StorageAway, StorageConflict, StorageFull
from bot.storage import inbox as units
from bot.storage.inbox import Taken
from bot.storage.lanes import INBOX
from bot.storage.live import Live
from bot.storage.presence import Presence
from bot.storage.rows import now
from bot.storage.store import Store

_LOG = structlog.get_logger()
_OUTAGE = (StorageAway, StorageFull)
TURN_WITHIN = 60.0  # seconds; a brain has deadlines of its own, which are far shorter


class Conversing(Protocol):
    """What is done with a message: either of these settles it, in one transaction with all that follows."""

    async def handle(self, taken: Taken) -> None:
        """Take the turn."""

    async def give_up(self, taken: Taken, reason: str) -> None:
        """The turn failed too often: hand over."""


class Worker:
    """Works on up to `slots` conversations at once, on one message of each, for `within` seconds at most: what hangs has failed."""

    def __init__(
        self,
        store: Store,
        live: Live,
        conversing: Conversing,
        presence: Presence,
        *,
        slots: int,
        within: float = TURN_WITHIN,
    ) -> None:
        self._store = store
        self._conversing = conversing
        self._within = within
        side: Side[Taken] = Side("inbox", INBOX, units.take, units.take_back, lambda taken: taken.message.id)
        self._hands = Hands(side, self._work, store, live, presence, slots=slots)

    async def run(self) -> None:
        """Work until cancelled; what is being worked on then is finished first, if it ends soon."""
        await self._hands.run()

    async def _work(self, taken: Taken) -> None:
        try:
            async with asyncio.timeout(self._within):
                if taken.message.attempts > _attempts_of(taken):  # it took the whole process with it, again and again
                    await self._conversing.give_up(taken, "interrupted")
                else:
                    await self._conversing.handle(taken)
        except StorageConflict as error:  # we were believed dead
            _LOG.warning("turn.taken_over", message=taken.message.id, reason=error.reason)
        except _OUTAGE as error:
            _LOG.warning("turn.interrupted", message=taken.message.id, reason=str(error))
            await self._give_back(taken, "the database was away")
        except Exception as error:
            _LOG.exception("turn.failed", message=taken.message.id, attempts=taken.message.attempts)
            await self._after_failure(taken, type(error).__name__)

    async def _after_failure(self, taken: Taken, reason: str) -> None:
        if taken.message.attempts < _attempts_of(taken):
            return await self._give_back(taken, reason)
        try:
            await self._conversing.give_up(taken, reason)
        except Exception as error:  # nothing may stay in our hands: it is given up the next time it is taken
            _LOG.warning("turn.kept", message=taken.message.id, reason=type(error).__name__)
            await self._give_back(taken, reason)

    async def _give_back(self, taken: Taken, reason: str) -> None:
        due = now() + Backoff().wait(taken.message.attempts)
        try:
            await self._store.insist(lambda connection: units.requeue(connection, taken.message, due, reason))
        except StorageConflict as error:
            _LOG.warning("turn.taken_over", message=taken.message.id, reason=error.reason)


def _attempts_of(taken: Taken) -> int:
    """How many turns a message has, which begin anew with each of its edits."""
    return MAX_ATTEMPTS * (1 + taken.message.revision)
