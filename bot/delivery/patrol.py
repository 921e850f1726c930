"""How worker and outbox wait: for a hint, and looking by themselves in between, for hints may be lost and retries come due."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Set

import structlog

from bot.errors import StorageAway, StorageFull
from bot.storage.live import Live

PATROL = 1.0  # seconds
FINISH_WITHIN = 5.0  # seconds
LOOK_WITHIN = 2.0  # seconds that a look has to end when we stop
_LOG = structlog.get_logger()


async def patrol(live: Live, topic: str, look: Callable[[], Awaitable[None]]) -> None:
    """`look` at every hint of `topic`, and every `PATROL` seconds, until cancelled. A database that is away is waited for."""
    away = False
    with live.hear(topic) as hearing:
        while True:
            try:
                await _whole(look)
                away = False
            except (StorageAway, StorageFull) as error:
                if not away:
                    _LOG.warning("database.away", reason=str(error))
                away = True
            await hearing.next(timeout=PATROL)


async def _whole(look: Callable[[], Awaitable[None]]) -> None:
    """Look, and do not break off where we stop in between: what it has taken would be in nobody's hands, and what it has announced uncertain."""
    looking = asyncio.ensure_future(look())
    try:
        await asyncio.shield(looking)
    except asyncio.CancelledError:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(looking, return_exceptions=True), LOOK_WITHIN)
        raise


async def finish(running: Set[asyncio.Task[None]]) -> None:
    """Wait for what is under way when we stop. What does not end soon is left behind, and whoever starts next takes it up."""
    if running:
        _, left = await asyncio.wait(running, timeout=FINISH_WITHIN)
        for task in left:
            task.cancel()
