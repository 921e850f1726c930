"""Fetches files from the channels they came by, for agents who may want to see them. What cannot be had is told with its reason."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import structlog
from sqlalchemy import Connection

from bot.channels.directory import Directory
from bot.channels.files import received
from bot.delivery.patrol import finish, patrol
from bot.delivery.retry import Backoff
from bot.domain.message import Missing
from bot.errors import DeliveryError, FileMissing
from bot.storage import fetching as units
from bot.storage.fetching import Wanted
from bot.storage.live import Live
from bot.storage.rows import now
from bot.storage.store import Store

_LOG = structlog.get_logger()
SLOTS = 4
FETCH_WITHIN = 120.0  # seconds; less than the lease, so that nobody else begins meanwhile
BACKOFF = Backoff(first=2.0, longest=timedelta(hours=2).total_seconds())
MAX_FETCHES = 20  # over half a day and more: a vendor may be away for hours, and a token be mended in the morning


class Fetching:
    """Fetches up to `SLOTS` files at once, each for `within` seconds at most."""

    def __init__(self, store: Store, live: Live, channels: Directory, *, within: float = FETCH_WITHIN) -> None:
        self._store = store
        self._live = live
        self._channels = channels
        self._within = within
        self._running: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Fetch until cancelled; what is under way then is finished first, if it ends soon."""
        try:
            await patrol(self._live, "files", self._take_what_fits)
        finally:
            await finish(self._running)

    async def _take_what_fits(self) -> None:
        while (free := SLOTS - len(self._running)) > 0 and await self._store.read(units.any_due):
            for wanted in await self._store.write(partial(units.take, most=free)):
                task = asyncio.create_task(self._fetch(wanted))
                self._running.add(task)
                task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._live.tell("files")  # a slot is free again

    async def _fetch(self, wanted: Wanted) -> None:
        try:
            async with asyncio.timeout(self._within):
                content = await self._content(wanted)
        except FileMissing as error:
            await self._miss(wanted, error.why)
        except DeliveryError as error:
            _LOG.info("file.refused", attachment=wanted.id, channel=wanted.key.channel, reason=error.reason)
            await self._miss(wanted, Missing.GONE if error.permanent and not error.of_account else Missing.UNREACHABLE)
        except TimeoutError:
            await self._miss(wanted, Missing.UNREACHABLE)
        except Exception:  # an adapter's bug must not stop the others
            _LOG.exception("file.failed", attachment=wanted.id, channel=wanted.key.channel)
            await self._miss(wanted, Missing.UNREACHABLE)
        else:
            await self._keep(wanted, content)

    async def _content(self, wanted: Wanted) -> bytes:
        channel = self._channels.get(wanted.key)
        if channel is None:  # not set up any more, or not yet again
            raise FileMissing(Missing.UNREACHABLE)
        return await channel.fetch(wanted.file)

    async def _keep(self, wanted: Wanted, content: bytes) -> None:
        said = wanted.file
        file = await asyncio.to_thread(received, said.name or said.kind, content, said.media_type)
        await self._settle(wanted, partial(units.keep, wanted=wanted, file=file))

    async def _miss(self, wanted: Wanted, why: Missing) -> None:
        if why is Missing.UNREACHABLE and wanted.fetches < MAX_FETCHES:
            due = now() + BACKOFF.wait(wanted.fetches)
            await self._settle(wanted, partial(units.postpone, wanted=wanted, due_at=due))
        else:
            await self._settle(wanted, partial(units.miss, wanted=wanted, why=why))

    async def _settle(self, wanted: Wanted, unit: Callable[[Connection], None]) -> None:
        await self._store.insist(unit)
        self._live.tell("desk", f"conversation:{wanted.conversation_id}")
