"""A front line in this very process, without doors and without Rasa, whose way to the vendor a test may cut, block or clog."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

from sqlalchemy import Connection

from bot.channels.base import Capabilities, Channel
from bot.channels.directory import Directory
from bot.delivery.outbox import Outbox
from bot.delivery.worker import Worker
from bot.domain.handoff import Handoff, HandoffReason
from bot.domain.message import MessageState
from bot.domain.reading import Urgency
from bot.domain.reply import Outgoing, Receipt, Reply, ReplyKind
from bot.errors import DeliveryError
from bot.storage import cases, inbox, outbox
from bot.storage.inbox import Taken
from bot.storage.live import LocalLive
from bot.storage.presence import Presence
from bot.storage.rows import lock_conversation
from bot.storage.schema import upgrade
from bot.storage.store import Store
from tests.contract.storage.customers import accept, reply_states, said

Answer = Callable[[Outgoing], Awaitable[Receipt]]


class Wire(Channel):
    """A channel whose way to the vendor is `answer`, which a test may change at any time."""

    name, account, capabilities = "telegram", "1", Capabilities(max_text=4000)

    def __init__(self) -> None:
        self.arrived: list[int] = []
        self.answer: Answer = self.takes

    async def send(self, outgoing: Outgoing) -> Receipt:
        return await self.answer(outgoing)

    async def takes(self, outgoing: Outgoing) -> Receipt:
        """It arrives."""
        self.arrived.append(outgoing.id)
        return Receipt(str(len(self.arrived)))

    async def hangs(self, outgoing: Outgoing) -> Receipt:
        """Half-open: what was sent may have arrived, and nothing ever comes back."""
        await asyncio.Event().wait()
        raise AssertionError

    async def breaks(self, outgoing: Outgoing) -> Receipt:
        """The connection is reset."""
        raise DeliveryError("reset", certain=False)

    async def asks_to_wait(self, outgoing: Outgoing) -> Receipt:
        """429."""
        raise DeliveryError("too many", retry_after=0.2)

    async def refuses(self, outgoing: Outgoing) -> Receipt:
        """403: the customer has blocked us."""
        raise DeliveryError("blocked", permanent=True)

    async def cannot_be_reached(self, outgoing: Outgoing) -> Receipt:
        """No connection comes about."""
        raise DeliveryError("nobody there")


class Echo:
    """A conversation that answers every message with one reply."""

    def __init__(self, store: Store, live: LocalLive) -> None:
        self._store = store
        self._live = live
        self.hangs = False
        self.broken = 0  # times that something fails from now on
        self.given_up: list[int] = []

    async def handle(self, taken: Taken) -> None:
        """Answer."""
        if self.hangs:
            await asyncio.Event().wait()
        await self._end(taken, MessageState.ANSWERED)

    async def give_up(self, taken: Taken, reason: str) -> None:
        """Leave it to a person."""
        await self._end(taken, MessageState.GIVEN_UP)
        self.given_up.append(taken.message.id)

    async def _end(self, taken: Taken, state: MessageState) -> None:
        if self.broken:
            self.broken -= 1
            raise RuntimeError("broken")

        def unit(connection: Connection) -> None:
            lock_conversation(connection, taken.conversation.id)
            draft = Reply(ReplyKind.BOT, "Antwort", "de")
            outbox.queue_reply(connection, taken.conversation.id, 0, draft, message_id=taken.message.id)
            if state is MessageState.GIVEN_UP:
                handoff = Handoff(HandoffReason.BRAIN_DOWN, Urgency.NORMAL)
                cases.open_case(connection, taken.conversation.id, handoff, taken.message.text)
            inbox.settle(connection, taken.message, state, reason="test")

        await self._store.write(unit)
        self._live.tell("outbox")


class LoneHouse:
    """A working front line without doors and without Rasa; several on one PostgreSQL stand for several processes."""

    def __init__(self, url: str, *, wire: Wire | None = None, within: float = 120, patience: float = 5) -> None:
        self.store = Store(url, reserve_bytes=0, patience=patience)
        upgrade(self.store.engine)
        self.live, self.wire, self.presence = (
            LocalLive(alone=not self.store.shared),
            wire or Wire(),
            Presence(self.store),
        )
        self.echo = Echo(self.store, self.live)
        self._worker = Worker(self.store, self.live, self.echo, self.presence, slots=4, within=within)
        self._outbox = Outbox(self.store, self.live, Directory([self.wire]), self.presence, slots=4, within=within)

    async def __aenter__(self) -> LoneHouse:
        await self.presence.enter()
        self._tasks = [asyncio.create_task(job.run()) for job in (self._worker, self._outbox)]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
        self.presence.close()
        self.store.close()

    @property
    def announcing(self) -> bool:
        """Whether the outbox has asked the database for sends, and has not heard of any yet."""
        return self._outbox._hands._untold

    def check_alive(self) -> None:
        """Raise what ended the worker or the outbox, where one has ended: in life the process would have ended with it."""
        for task in self._tasks:
            if task.done():
                task.result()

    async def stop(self) -> None:
        """As at SIGTERM."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def hears(self, *chats: int) -> None:
        """Customers write, and insist until it is taken."""
        for chat in chats:
            await self.store.insist(accept(said(chat, 1)))
        self.live.tell("inbox")

    async def replies(self, **wanted: int) -> None:
        """Wait until replies are in these states, so many of each."""
        async with asyncio.timeout(30):
            while Counter(await self.store.read(reply_states)) != Counter(wanted):
                await asyncio.sleep(0.02)
