"""The product's side in tests of the Telegram channel: a store, a poller's keeper and a web server's door."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any

from aiohttp import web
from sqlalchemy import select

from bot.channels.base import Request
from bot.channels.telegram import TelegramChannel, TelegramSettings
from bot.domain.conversation import ConversationKey
from bot.domain.message import InboundEvent
from bot.domain.reply import Outgoing, Reply, ReplyKind
from bot.errors import DeliveryError, RequestRejected
from bot.rates import LocalRates
from bot.storage import intake
from bot.storage.progress import load_progress
from bot.storage.store import Store
from bot.storage.tables import message
from tests.fakes.telegram import TOKEN, FakeTelegram

CUSTOMER = 1001
GROUP = -2002
SECRET = "s3cret_of-the-webhook"
PUBLIC = "https://bot.example/telegram"


class Waits:
    """Stands in for sleeping between attempts: remembers how long, and lets others run."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        await asyncio.sleep(0)


class Desk:
    """What the product does with a polling channel: loads its progress, and commits what it accepts."""

    def __init__(self, channel: TelegramChannel, store: Store) -> None:
        self.channel = channel
        self.store = store
        self.refuse: list[Exception] = []
        self.events: list[InboundEvent] = []

    async def accept(self, events: Sequence[InboundEvent], progress: dict[str, Any] | None) -> None:
        """Commit, or fail as `refuse` demands."""
        if self.refuse:
            raise self.refuse.pop()
        await self.store.write(lambda connection: intake.accept(connection, events, progress))
        self.events.extend(events)

    @asynccontextmanager
    async def polling(self) -> AsyncIterator[asyncio.Task[None]]:
        """Poll from the stored progress on; cancelled at the end, as by a kill."""
        account = self.channel.account
        progress = await self.store.read(lambda connection: load_progress(connection, "telegram", account))
        task = asyncio.create_task(self.channel.poll(progress, self.accept))
        try:
            yield task
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError, DeliveryError):
                await task


async def texts(store: Store) -> list[str]:
    """The customers' messages as stored, in order."""
    rows = await store.read(lambda connection: connection.execute(select(message.c.text).order_by(message.c.id)).all())
    return [row.text for row in rows]


def settings(telegram: FakeTelegram, **more: Any) -> TelegramSettings:
    """Settings for the fake, with some changed."""
    return replace(TelegramSettings(TOKEN, telegram.base_url, request_seconds=10), **more)


@asynccontextmanager
async def channel_to(telegram: FakeTelegram, **more: Any) -> AsyncIterator[TelegramChannel]:
    """A started channel that neither waits between attempts nor is slowed by Telegram's rates."""
    channel = TelegramChannel(settings(telegram, **more), sleep=Waits(), rates=LocalRates(_leaping()))
    try:
        await channel.start()
        yield channel
    finally:
        await channel.close()


def _leaping() -> Any:
    hours = iter(range(0, 10**9, 3600))
    return lambda: float(next(hours))


def saying(text: str, *, chat: int = CUSTOMER, thread: str = "", **more: Any) -> Outgoing:
    """A reply of the bot on its way out."""
    return Outgoing(1, ConversationKey("telegram", "4242", str(chat), thread), Reply(ReplyKind.BOT, text, **more))


@asynccontextmanager
async def door(channel: TelegramChannel, store: Store, telegram: FakeTelegram) -> AsyncIterator[str]:
    """A web server as the product's: verify, parse, commit, then 200."""

    async def take(request: web.Request) -> web.Response:
        taken = Request(request.method, request.headers, request.query, await request.read())
        try:
            channel.verify(taken)
            events = channel.parse(taken)
        except RequestRejected as refused:
            return web.Response(status=refused.status)
        await store.write(lambda connection: intake.accept(connection, events))
        channel.accepted(events)
        return web.Response()

    app = web.Application()
    app.router.add_post("/telegram", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    here = f"http://127.0.0.1:{runner.addresses[0][1]}/telegram"
    telegram.hosts[PUBLIC] = here
    try:
        yield here
    finally:
        await runner.cleanup()
