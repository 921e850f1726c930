"""The only place that wires the parts together."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial

from bot.brain.local import LocalBrain
from bot.brain.pool import RasaPool
from bot.brain.standin import BrainWithStandIn
from bot.channels.directory import Directory
from bot.conversation.answering import Answering
from bot.conversation.carrying import Carrying
from bot.conversation.flow import Flow
from bot.conversation.parting import Parting
from bot.conversation.public import PublicActing
from bot.conversation.waiting import Waiting
from bot.delivery.backlog import Backlog
from bot.delivery.inbox import Inbox
from bot.delivery.typing import Typing
from bot.doorways import Doorways, build_doorways
from bot.handoff.desk import Desk
from bot.jobs import Job, at_work, follow_content, running
from bot.keeper import kept
from bot.knowledge.library import Library
from bot.parts import build_live, build_rasa, build_rates, personal_of, wording_of
from bot.settings import Settings
from bot.snapshots import open_store, snapshots
from bot.storage.live import Live
from bot.storage.opening import once_there
from bot.storage.presence import Presence
from bot.storage.store import Store
from bot.web.app import build_app, build_signs_app
from bot.web.doors import Doors
from bot.web.listening import listening


@dataclass
class Core:
    """The running middle of a front line: everything between the doors and the pages."""

    settings: Settings
    store: Store
    live: Live
    library: Library
    inbox: Inbox
    desk: Desk
    rasa: RasaPool
    doorways: Doorways


@dataclass
class FrontLine(Core):
    """A running front line, as tests and `serve` hold it. `port` is where its pages are."""

    port: int


@contextlib.asynccontextmanager
async def core(settings: Settings, doorways_of: Callable[[Live], Doorways]) -> AsyncIterator[Core]:
    """Messages are taken, understood, answered and sent, until the context ends."""
    store = await once_there(partial(asyncio.to_thread, open_store, settings))
    live = build_live(settings, store)
    doorways = doorways_of(live)
    channels = Directory(doorways.channels)
    library = Library(store)
    await once_there(library.reload)
    local = LocalBrain(snapshots(settings))
    await asyncio.to_thread(local.wake)
    library.search_with(local.search)
    rasa, rasa_jobs = build_rasa(settings)
    brain = BrainWithStandIn(rasa, local) if settings.rasa.enabled else local
    wording = wording_of(settings)
    answering, waiting = Answering(library, wording, settings), Waiting(wording, settings.hours)
    personal = personal_of(settings)
    public = PublicActing(answering, waiting, wording, personal, channels, settings.url("/"))
    flow = Flow(
        store,
        live,
        brain,
        Typing(channels),
        answering,
        waiting,
        wording,
        channels,
        public,
        Carrying(wording, personal, channels),
    )
    backlog = Backlog(store, most=settings.most_waiting, most_of_conversation=settings.most_waiting_of_conversation)
    inbox, desk = Inbox(store, live, backlog), Desk(store, live, channels, personal, partings=Parting(wording))
    presence = Presence(store)
    jobs: list[Job] = [partial(follow_content, store, library, local), backlog.run]
    try:
        if settings.role != "web":
            working = await at_work(store, live, inbox, flow, channels, presence, slots=settings.workers)
            jobs += [*working, *rasa_jobs]
        async with _started(channels), running(jobs):
            yield Core(settings, store, live, library, inbox, desk, rasa, doorways)
    finally:
        presence.close()
        await rasa.close()
        await live.close()
        store.close()


@contextlib.asynccontextmanager
async def front_line(settings: Settings) -> AsyncIterator[FrontLine]:
    """Everything running, pages included. The doors open last and close first."""
    async with contextlib.AsyncExitStack() as stack:
        rates = build_rates(settings)
        stack.push_async_callback(rates.close)
        middle = await stack.enter_async_context(core(settings, partial(build_doorways, settings, rates=rates)))
        rasa = middle.rasa
        doors = Doors(
            settings,
            middle.store,
            middle.live,
            middle.inbox,
            middle.desk,
            middle.library,
            rates,
            lambda: (rasa.up, len(rasa.members)),
        )
        app = build_signs_app(doors) if settings.role == "worker" else build_app(doors, middle.doorways.webhooks)
        await stack.enter_async_context(running([partial(kept, settings, middle.store)]))
        port = await stack.enter_async_context(listening(app, settings))
        yield FrontLine(**vars(middle), port=port)


@contextlib.asynccontextmanager
async def _started(channels: Directory) -> AsyncIterator[None]:
    async with contextlib.AsyncExitStack() as stack:
        for channel in channels:
            stack.push_async_callback(channel.close)
            await channel.start()
        yield
