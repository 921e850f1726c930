"""The outbox: sends replies in order, a conversation at a time. Every send is announced first and settled after."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog
from sqlalchemy import Connection

from bot.channels.directory import Directory
from bot.channels.windows import CLOSED, has_closed
from bot.delivery.hands import Hands, Side
from bot.delivery.retry import MAX_ATTEMPTS, Backoff
from bot.domain.conversation import ConversationKey
from bot.domain.reply import ReplyState
from bot.errors import DeliveryError, StorageConflict
from bot.storage import accounts
from bot.storage import outbox as units
from bot.storage.lanes import OUTBOX
from bot.storage.live import Live
from bot.storage.opening import once_there
from bot.storage.outbox import Started
from bot.storage.presence import Presence
from bot.storage.rows import now
from bot.storage.store import Store

_LOG = structlog.get_logger()
SEND_WITHIN = (
    120.0  # seconds; a channel has a deadline for each request, but a long reply has many parts, and rates to wait for
)


class Outbox:
    """Hands replies to their channels, `slots` at once, each for `within` seconds at most: of what hangs nobody knows whether it arrived."""

    def __init__(
        self,
        store: Store,
        live: Live,
        channels: Directory,
        presence: Presence,
        *,
        slots: int = 64,
        within: float = SEND_WITHIN,
    ) -> None:
        self._store = store
        self._live = live
        self._channels = channels
        self._within = within
        self._failing: set[tuple[str, str]] = set()  # accounts, as far as this process knows
        side: Side[Started] = Side("outbox", OUTBOX, units.start, units.take_back, lambda sent: sent.outgoing.id)
        self._hands = Hands(side, self._send, store, live, presence, slots=slots)

    async def run(self) -> None:
        """Send until cancelled; sends under way are finished first, if they end soon."""
        self._failing |= await once_there(lambda: self._store.read(accounts.failing))
        await self._hands.run()

    async def _send(self, started: Started) -> None:
        key = started.outgoing.key
        channel = self._channels.get(key)
        try:
            if channel is None:
                raise DeliveryError("this channel is not set up any more", permanent=True)
            if has_closed(channel.capabilities, started.outgoing, now()):
                raise DeliveryError(CLOSED, permanent=True)
            async with asyncio.timeout(self._within):
                receipt = await channel.send(started.outgoing)
        except DeliveryError as error:
            await self._after_failure(started, error)
        except Exception as error:  # an adapter's bug must not stop the others; nobody knows what the vendor got
            _LOG.exception("send.failed", reply=started.outgoing.id, channel=key.channel)
            await self._settle(started, ReplyState.UNCERTAIN, detail=type(error).__name__)
        else:
            await self._settle(started, ReplyState.SENT, vendor_id=receipt.message_id)
            if (key.channel, key.account) in self._failing:
                await self._write_down_account(key, None)

    async def _after_failure(self, started: Started, error: DeliveryError) -> None:
        _LOG.info("send.refused", reply=started.outgoing.id, certain=error.certain, permanent=error.permanent)
        if error.of_account:
            await self._write_down_account(started.outgoing.key, error.reason)
        if not error.certain:
            await self._settle(started, ReplyState.UNCERTAIN, detail=error.reason)
        elif error.of_account:  # nothing is lost for a token that has run out, or a vendor that is away
            await self._postpone(started, error)
        elif error.permanent or (started.attempts >= MAX_ATTEMPTS and error.retry_after is None):
            await self._settle(started, ReplyState.FAILED, detail=error.reason)
        else:
            await self._postpone(started, error)

    async def _postpone(self, started: Started, error: DeliveryError) -> None:
        due = now() + Backoff().wait(started.attempts, at_least=error.retry_after)
        await self._write_down(started, lambda connection: units.postpone_send(connection, started, due, error.reason))

    async def _write_down_account(self, key: ConversationKey, failure: str | None) -> None:
        """Keep since when nothing can be sent on an account, and why; None: something could."""
        place = (key.channel, key.account)
        if failure is None:
            self._failing.discard(place)
            await self._store.insist(lambda connection: accounts.note_working(connection, *place))
        elif place not in self._failing:
            self._failing.add(place)
            _LOG.error("channel.failing", channel=key.channel, account=key.account, reason=failure)
            await self._store.insist(lambda connection: accounts.note_failing(connection, *place, failure))

    async def _settle(self, started: Started, state: ReplyState, *, vendor_id: str = "", detail: str = "") -> None:
        await self._write_down(
            started,
            lambda connection: units.settle_send(connection, started, state, vendor_id=vendor_id, detail=detail),
        )
        self._live.tell(f"chat:{started.conversation_id}", "items")
        self._live.tell("desk", f"conversation:{started.conversation_id}")
        if state is ReplyState.UNCERTAIN:  # a case may be missing: then the queue page is where it shows
            self._live.tell("desk", "queue")

    async def _write_down(self, started: Started, unit: Callable[[Connection], None]) -> None:
        """However long the database is away: what a channel has said is not asked of it a second time."""
        try:
            await self._store.insist(unit)
        except StorageConflict as error:  # we were believed dead, and the reply is called uncertain
            _LOG.warning("send.taken_over", reply=started.outgoing.id, reason=error.reason)
