"""Takes up what processes that died had in hand: messages are waiting again, sends are repeated where that is safe, and uncertain elsewhere."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial

import structlog
from sqlalchemy import Connection

from bot.errors import StorageAway, StorageFull
from bot.storage import inbox, outbox
from bot.storage.live import Live
from bot.storage.presence import LOOK_EVERY, Presence, bury, dead, others
from bot.storage.store import Store

_LOG = structlog.get_logger()


@dataclass(frozen=True)
class TakenOver:
    """How many messages wait again, replies are sent again, and replies are uncertain now."""

    messages: int
    again: int
    uncertain: int


class Takeover:
    """Looks after the dead. `idempotent`: channels on which the same reply can be sent twice and arrives once."""

    def __init__(self, store: Store, live: Live, presence: Presence, idempotent: frozenset[str]) -> None:
        self._store = store
        self._live = live
        self._presence = presence
        self._idempotent = idempotent

    async def once(self) -> TakenOver:
        """Take up what there is now. To be done before anything else is begun."""
        number = self._presence.number or 0

        def unit(connection: Connection) -> TakenOver:
            gone = dead(connection, number)
            messages = inbox.recover(connection, gone)
            taken = TakenOver(messages, *outbox.recover(connection, self._idempotent, gone))
            bury(connection, gone)
            return taken

        taken = await self._store.insist(unit)
        if taken != TakenOver(0, 0, 0):
            _LOG.warning("work.taken_over", **vars(taken))
            for topic in ("inbox", "outbox"):
                self._live.tell(topic)
            self._live.tell("desk", "queue")
        return taken

    async def run(self) -> None:
        """Look for the dead until cancelled, where there can be any."""
        while self._store.shared:
            await asyncio.sleep(LOOK_EVERY)
            try:
                number = self._presence.number
                if number is not None and await self._store.read(partial(others, number=number)):
                    await self.once()
            except (StorageAway, StorageFull) as error:
                _LOG.warning("database.away", reason=str(error))
