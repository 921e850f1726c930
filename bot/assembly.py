"""The only place that builds the parts and wires them together."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from aiohttp import web

from bot.brain.local import LocalBrain
from bot.brain.pool import RasaPool
from bot.brain.rasa import RasaMember
from bot.brain.standin import BrainWithStandIn
from bot.channels.base import Channel, PollingChannel, WebhookChannel
from bot.channels.telegram import TelegramChannel, TelegramSettings
from bot.channels.webchat import WebChat
from bot.conversation.answering import Answering
from bot.conversation.flow import Flow
from bot.conversation.parting import Parting
from bot.conversation.waiting import Waiting
from bot.conversation.wording import Wording
from bot.delivery.child import Child
from bot.delivery.inbox import Inbox
from bot.delivery.outbox import Outbox
from bot.delivery.supervisor import Supervisor
from bot.delivery.typing import Typing
from bot.delivery.watch import Watch
from bot.delivery.worker import Worker
from bot.errors import DeliveryError
from bot.handoff.desk import Desk
from bot.keeper import kept
from bot.knowledge.library import Library
from bot.settings import Settings
from bot.snapshots import open_store, snapshots
from bot.storage import answers
from bot.storage.inbox import load_progress
from bot.storage.live import Live, LocalLive, RedisLive
from bot.storage.store import Store
from bot.web.app import build_app
from bot.web.doors import Doors

ROOT = Path(__file__).resolve().parent.parent
_LOG = structlog.get_logger()
WATCH = 0.2  # seconds between looks at whether new content has been published


def wording_of(settings: Settings) -> Wording:
    """The company's words."""
    company = settings.company
    facts = {
        "company": company.name,
        "bot_name": company.bot_name,
        "phone": company.phone,
        "block_phone": company.block_phone,
        "emergency": company.emergency_phone,
        "helpline_de": company.helpline_de,
        "helpline_en": company.helpline_en,
        "privacy_url": company.privacy_url,
    }
    return Wording(company.address, facts)


def telegram_settings(settings: Settings) -> TelegramSettings | None:
    """What the Telegram channel needs to know; None where no bot is set up."""
    telegram = settings.telegram
    if telegram.token is None:
        return None
    secret = telegram.webhook_secret
    return TelegramSettings(
        token=telegram.token.get_secret_value(),
        base_url=telegram.base_url,
        webhook_secret=secret.get_secret_value() if secret else None,
        webhook_url=settings.url(f"/webhooks/telegram/{telegram.account}") if secret else "",
    )


def build_channels(settings: Settings, live: Live) -> list[Channel]:
    """The doors that are set up."""
    channels: list[Channel] = [WebChat(live)]
    telegram = telegram_settings(settings)
    if telegram is not None:
        channels.append(TelegramChannel(telegram))
    return channels


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


@dataclass
class FrontLine(Core):
    """A running front line, as tests and `serve` hold it. `port` is where its pages are."""

    port: int


def _rasa(settings: Settings) -> tuple[RasaPool, list[Coroutine[Any, Any, None]]]:
    """The Rasa processes as one brain, and the jobs that keep an eye on each: those that others run, or those that run here."""
    rasa, token = settings.rasa, secrets.token_urlsafe(32)
    jobs: list[Coroutine[Any, Any, None]]
    if rasa.enabled and rasa.urls and rasa.token is not None:
        members = {url: RasaMember(rasa.token.get_secret_value()) for url in rasa.urls}
        jobs = [Watch(member, url).run() for url, member in members.items()]
    else:
        members = {str(place): RasaMember(token) for place in range(1, rasa.run_here + 1)}
        child = Child.of(settings, token)
        ports = (rasa.port + place if rasa.port else 0 for place in range(rasa.run_here))
        jobs = [
            Supervisor(child, member, name=name, port=port, log=settings.home / f"rasa-{name}.log").run()
            for (name, member), port in zip(members.items(), ports, strict=True)
        ]
    return RasaPool(members, timeout=rasa.timeout), jobs


@contextlib.asynccontextmanager
async def core(settings: Settings, channels_of: Callable[[Live], list[Channel]]) -> AsyncIterator[Core]:
    """Messages are taken, understood, answered and sent, until the context ends."""
    store = open_store(settings)
    live: Live = RedisLive(settings.redis_url.get_secret_value()) if settings.redis_url else LocalLive()
    channels = channels_of(live)
    library = Library(store)
    await library.reload()
    folder = snapshots(settings)
    local = LocalBrain(folder)
    await asyncio.to_thread(local.wake)
    library.search_with(local.search)
    rasa, rasa_jobs = _rasa(settings)
    brain = BrainWithStandIn(rasa, local) if settings.rasa.enabled else local
    wording = wording_of(settings)
    fetched = frozenset(channel.name for channel in channels if channel.capabilities.fetched)
    answering, waiting = Answering(library, wording, settings), Waiting(wording, settings.hours)
    flow = Flow(store, live, brain, Typing(channels), answering, waiting, wording, fetched=fetched)
    inbox, desk = Inbox(store, live), Desk(store, live, fetched=fetched, partings=Parting(wording))
    jobs = [
        Worker(store, live, flow, slots=settings.workers).run(),
        Outbox(store, live, channels).run(),
        _follow_content(store, library, local),
        *(_poll(store, inbox, channel) for channel in channels if isinstance(channel, PollingChannel)),
        *rasa_jobs,
    ]
    try:
        async with _started(channels), _running(jobs):
            yield Core(settings, store, live, library, inbox, desk, rasa)
    finally:
        await rasa.close()
        await live.close()
        store.close()


@contextlib.asynccontextmanager
async def front_line(settings: Settings) -> AsyncIterator[FrontLine]:
    """Everything running, pages included. The doors open last and close first."""
    webhooks: list[WebhookChannel] = []

    def channels_of(live: Live) -> list[Channel]:
        channels = build_channels(settings, live)
        webhooks.extend(channel for channel in channels if isinstance(channel, WebhookChannel))
        return channels

    async with core(settings, channels_of) as middle:
        rasa = middle.rasa
        doors = Doors(
            settings,
            middle.store,
            middle.live,
            middle.inbox,
            middle.desk,
            middle.library,
            lambda: (rasa.up, len(rasa.members)),
        )
        async with _running([kept(settings)]), _listening(build_app(doors, webhooks), settings) as port:
            yield FrontLine(**vars(middle), port=port)


@contextlib.asynccontextmanager
async def _started(channels: list[Channel]) -> AsyncIterator[None]:
    async with contextlib.AsyncExitStack() as stack:
        for channel in channels:
            stack.push_async_callback(channel.close)
            await channel.start()
        yield


async def _poll(store: Store, inbox: Inbox, channel: PollingChannel) -> None:
    progress = await store.read(lambda connection: load_progress(connection, channel.name, channel.account))

    async def accept(events, progress):  # type: ignore[no-untyped-def]
        await inbox.accept(events, progress)

    try:
        await channel.poll(progress, accept)
    except DeliveryError as error:  # a refused token, say: this door stays shut, the others are open
        _LOG.error("channel.stopped", channel=channel.name, account=channel.account, reason=error.reason)


async def _follow_content(store: Store, library: Library, local: LocalBrain) -> None:
    """Take published answers over as soon as they are there, and what understands them."""
    known = await store.read(answers.revision)
    while True:
        await asyncio.sleep(WATCH)
        local.look()
        current = await store.read(answers.revision)
        if current != known:
            await library.reload()
            known = current


@contextlib.asynccontextmanager
async def _running(jobs: list) -> AsyncIterator[None]:  # type: ignore[type-arg]  # coroutines of different parts
    """Run jobs beside what the context does; if one dies, the failure ends the process rather than leaving half of it."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(job) for job in jobs]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()


@contextlib.asynccontextmanager
async def _listening(app: web.Application, settings: Settings) -> AsyncIterator[int]:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2)
    await runner.setup()
    try:
        site = web.TCPSite(runner, settings.web.host, settings.port)
        await site.start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
