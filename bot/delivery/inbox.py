"""The inbox: whatever a channel brings is committed here before the channel is told that we have it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import structlog

from bot.domain.message import EventKind, InboundEvent
from bot.storage import inbox as units
from bot.storage.inbox import Accepted
from bot.storage.live import Live
from bot.storage.store import Store

_LOG = structlog.get_logger()


class Inbox:
    """Accepts events, exactly once each."""

    def __init__(self, store: Store, live: Live) -> None:
        self._store = store
        self._live = live

    async def accept(self, events: Sequence[InboundEvent], progress: dict[str, Any] | None = None) -> list[Accepted]:
        """Commit `events` and, in the same transaction, a poller's `progress`; raises StorageFull if the disk is."""
        if not events:
            return []
        accepted = await self._store.write(lambda connection: units.accept(connection, events, progress), intake=True)
        for item, result in zip(events, accepted, strict=True):
            if not result.new:
                _LOG.info("event.duplicate", channel=item.key.channel, conversation=result.conversation_id)
            elif item.kind is EventKind.IGNORED:
                _LOG.info("event.ignored", channel=item.key.channel, reason=item.reason)
            else:
                self._live.tell(f"chat:{result.conversation_id}", "items")
                self._live.tell("desk", f"conversation:{result.conversation_id}")
        self._live.tell("inbox")
        return accepted
