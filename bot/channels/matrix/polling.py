"""Asks the homeserver for news, for ever, and goes on behind them only once they are durable.

Where we stand is a token of /sync. While an encrypted message waits for its key, what is remembered is the token before it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

from bot.channels.backoff import Backoff
from bot.channels.base import Accept
from bot.channels.fields import Json, mapping, string
from bot.channels.matrix.addressing import Me
from bot.channels.matrix.entering import Entering
from bot.channels.matrix.history import History
from bot.channels.matrix.homeserver import SYNC_SECONDS, Homeserver
from bot.channels.matrix.parsing import CHANNEL, parse_sync
from bot.channels.matrix.rooms import Rooms
from bot.channels.matrix.sealed import Sealed
from bot.channels.pacing import Sleep
from bot.domain.conversation import ConversationKey
from bot.domain.message import EventKind, InboundEvent
from bot.errors import DeliveryError

_log = logging.getLogger(__name__)

OWN_FAULT_WAIT = 2.0  # seconds until a database of our own is asked again
KEYS_ELSEWHERE_WAIT = 2.0  # seconds until we look again whether another process has let go of the keys
LOOKING_FOR_KEYS = 1  # seconds that /sync may wait while a message waits for its key

Told = Callable[[Sequence[InboundEvent]], None]
"""Hears of what was committed."""


class Poller:
    """One account's poller."""

    def __init__(
        self,
        server: Homeserver,
        rooms: Rooms,
        entering: Entering,
        *,
        told: Told,
        sleep: Sleep,
    ) -> None:
        self._server = server
        self._rooms = rooms
        self._entering = entering
        self._history = History(server)
        self._sealed = Sealed(rooms)
        self._told = told
        self._sleep = sleep
        self._backoff = Backoff()
        self._known = False  # whether the rooms have been told as they are

    async def run(self, progress: dict[str, Any], accept: Accept) -> None:
        """Poll until cancelled, from behind `progress`. Raises DeliveryError (permanent) where the homeserver refuses us."""
        since = string(progress, "since")
        self._entering.resume(progress)
        while True:
            try:
                await self._open()
                since = await self._once(since, accept)
            except DeliveryError as error:
                if error.permanent:
                    _log.error("%s", error.reason)
                    raise
                _log.warning("cannot ask the homeserver for news, trying again: %s", error.reason)
                await self._sleep(error.retry_after or self._backoff.wait())
            except (
                Exception
            ) as error:  # an answer that is like none before: this door stays shut meanwhile, the others are open
                _log.error("an answer of the homeserver cannot be worked on, trying again: %s", type(error).__name__)
                await self._sleep(self._backoff.wait())
            else:
                self._backoff.reset()

    async def _open(self) -> None:
        if self._rooms.is_open:
            return
        await self._server.sign_in()
        while not await self._rooms.open():
            await self._sleep(KEYS_ELSEWHERE_WAIT)
        self._known = False

    async def _once(self, since: str, accept: Accept) -> str:
        """Take one answer in; returns the token behind it."""
        seconds = LOOKING_FOR_KEYS if self._sealed.since else SYNC_SECONDS
        body = await self._server.sync(since, full_state=bool(since) and not self._known, seconds=seconds)
        await self._rooms.follow(body)
        self._known = True
        following = string(body, "next_batch")
        if not following:
            raise DeliveryError("an answer without a token to go on from")
        me = Me(self._server.account, self._server.name)
        events = await self._news(body, since, me) if since else [_beginning(me, following)]
        events += await self._entering.enter(body, me)
        await self._commit(events, {"since": self._sealed.since or following, **self._entering.progress}, accept)
        return following

    async def _news(self, body: Json, since: str, me: Me) -> list[InboundEvent]:
        for room_id, room in mapping(mapping(body, "rooms"), "join").items():
            events = await self._history.of_room(room_id, room, since, me.account)
            room["timeline"] = {"events": self._sealed.opened(room_id, events, since, me.account)}
        found = parse_sync(body, self._rooms.room, me)
        late = {"rooms": {"join": self._sealed.late()}}
        return [*parse_sync(late, self._rooms.room, me), *found]

    async def _commit(self, events: list[InboundEvent], progress: dict[str, Any], accept: Accept) -> None:
        while events:
            try:
                await accept(events, progress)
            except Exception as error:  # whatever storage has: the homeserver keeps the events
                # The text of the error may quote what customers wrote.
                _log.error("%d events could not be stored, trying again: %s", len(events), type(error).__name__)
                await self._sleep(OWN_FAULT_WAIT)
            else:
                return self._told(events)
        return None


def _beginning(me: Me, following: str) -> InboundEvent:
    """Where we began, so that it is remembered before anything is said to us."""
    key = ConversationKey(CHANNEL, me.account, "")
    return InboundEvent(key, f"since:{following}"[:256], EventKind.IGNORED, reason="what is said is read from here on")
