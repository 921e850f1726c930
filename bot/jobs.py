"""What runs beside the doors for as long as a front line serves."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from functools import partial
from typing import Any

import structlog
from sqlalchemy import Connection

from bot.brain.local import LocalBrain
from bot.channels.base import PollingChannel
from bot.channels.directory import Directory
from bot.delivery.fetching import Fetching
from bot.delivery.inbox import Inbox
from bot.delivery.outbox import Outbox
from bot.delivery.takeover import Takeover
from bot.delivery.worker import Conversing, Worker
from bot.domain.message import InboundEvent
from bot.errors import DeliveryError, StorageAway
from bot.knowledge.library import Library
from bot.storage import answers
from bot.storage.accounts import note_failing
from bot.storage.live import Live
from bot.storage.opening import once_there
from bot.storage.presence import Presence
from bot.storage.progress import load_progress
from bot.storage.store import Store

_LOG = structlog.get_logger()
WATCH = 0.2  # seconds between looks at whether new content has been published
DATABASE_AWAY = 2.0  # seconds until it is asked again

Job = Callable[[], Coroutine[Any, Any, None]]
"""Something that runs until it is cancelled."""


@contextlib.asynccontextmanager
async def running(jobs: Sequence[Job]) -> AsyncIterator[None]:
    """Run jobs beside what the context does; if one dies, the failure ends the process rather than leaving half of it."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(job()) for job in jobs]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()


async def at_work(
    store: Store,
    live: Live,
    inbox: Inbox,
    conversing: Conversing,
    channels: Directory,
    presence: Presence,
    *,
    slots: int,
) -> list[Job]:
    """What works on messages, once this process has a number and has taken up what died with another."""
    await presence.enter()
    idempotent = frozenset(channel.name for channel in channels if channel.capabilities.idempotent)
    takeover = Takeover(store, live, presence, idempotent)
    await takeover.once()
    return [
        presence.keep,
        takeover.run,
        Worker(store, live, conversing, presence, slots=slots).run,
        Outbox(store, live, channels, presence).run,
        Fetching(store, live, channels).run,
        *(
            partial(presence.while_leased, f"poll:{one.name}:{one.account}", partial(_poll, store, inbox, one))
            for one in channels
            if isinstance(one, PollingChannel)
        ),
    ]


async def _poll(store: Store, inbox: Inbox, channel: PollingChannel) -> None:
    def stands(connection: Connection) -> dict[str, Any]:
        return load_progress(connection, channel.name, channel.account)

    async def accept(events: Sequence[InboundEvent], progress: dict[str, Any] | None) -> None:
        await inbox.accept(events, progress)

    try:
        await channel.poll(await once_there(partial(store.read, stands)), accept)
    except DeliveryError as error:  # a refused token, say: this door stays shut, the others are open
        _LOG.error("channel.stopped", channel=channel.name, account=channel.account, reason=error.reason)
        failure = error.reason
        await store.insist(lambda connection: note_failing(connection, channel.name, channel.account, failure))


async def follow_content(store: Store, library: Library, local: LocalBrain) -> None:
    """Take published answers over as soon as they are there, and what understands them."""
    known: object = None
    while True:
        await asyncio.sleep(WATCH)
        local.look()
        try:
            current = await store.read(answers.revision)
            if current != known:
                await library.reload()
                known = current
        except StorageAway:  # what was published stays in memory
            await asyncio.sleep(DATABASE_AWAY)
