"""How worker and outbox wait: for a hint, and looking by themselves in between, for hints may be lost and retries come due."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Set

import structlog

from bot.errors import StorageAway, StorageFull
from bot.storage.live import Live

PATROL = 1.0  # seconds
FINISH_WITHIN = 5.0  # seconds
_LOG = structlog.get_logger()


async def patrol(live: Live, topic: str, look: Callable[[], Awaitable[None]]) -> None:
    """`look` at every hint of `topic`, and every `PATROL` seconds, until cancelled. A database that is away is waited for."""
    away = False
    with live.hear(topic) as hearing:
        while True:
            try:
                await look()
                away = False
            except (StorageAway, StorageFull) as error:
                if not away:
                    _LOG.warning("database.away", reason=str(error))
                away = True
            await hearing.next(timeout=PATROL)


async def finish(running: Set[asyncio.Task[None]]) -> None:
    """Wait for what is under way when we stop. What does not end soon is left behind, and whoever starts next takes it up."""
    if running:
        _, left = await asyncio.wait(running, timeout=FINISH_WITHIN)
        for task in left:
            task.cancel()
