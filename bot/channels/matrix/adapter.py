"""The channel: one Matrix account, in rooms of two and, where wanted, of several."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from typing import Any

from bot.channels.base import Accept, Capabilities, PollingChannel, TextUnit
from bot.channels.fields import Json
from bot.channels.matrix.entering import Entering
from bot.channels.matrix.failures import SlowDown
from bot.channels.matrix.homeserver import Homeserver
from bot.channels.matrix.media import Media
from bot.channels.matrix.parsing import CHANNEL, MARK, UNREADABLE
from bot.channels.matrix.polling import Poller
from bot.channels.matrix.rendering import MAX_TEXT, render, transaction_of
from bot.channels.matrix.rooms import Rooms
from bot.channels.matrix.settings import MatrixSettings
from bot.channels.pacing import Pace, Sleep
from bot.domain.conversation import ConversationKey
from bot.domain.message import Attachment, EventKind, InboundEvent
from bot.domain.reply import Outgoing, Receipt
from bot.errors import DeliveryError, Fault, SettingsError
from bot.rates import LocalRates, Rates, Window

_log = logging.getLogger(__name__)

_ACCOUNT = Window("matrix.account", most=50, seconds=1.0)  # what a homeserver allows it says by M_LIMIT_EXCEEDED
_MOST_ACKNOWLEDGING = 256  # at once; what is beyond them stays unread for the customer
# Whom it is for cannot be known, so in both languages. Neither du nor Sie is needed here.
_CANNOT_READ = (
    "Diese Nachricht ist verschlüsselt, und dem Programm fehlt der Schlüssel dazu. "
    "Bitte noch einmal senden oder in einem Raum ohne Verschlüsselung schreiben.\n\n"
    "This message is encrypted, and the program lacks the key to it. "
    "Please send it again, or write in a room without encryption."
)


class MatrixChannel(PollingChannel):
    """One account. The homeserver knows a reply again by its transaction, so the same one sent twice arrives once."""

    name = CHANNEL
    capabilities = Capabilities(max_text=MAX_TEXT, unit=TextUnit.BYTES, idempotent=True, receipts=True)

    def __init__(self, settings: MatrixSettings, *, rates: Rates | None = None, sleep: Sleep = asyncio.sleep) -> None:
        self.settings = settings
        self.account = settings.account
        self._server = Homeserver(settings)
        self._rooms = Rooms(self._server, settings.keys)
        self._media = Media(self._server)
        self._pace = Pace(rates or LocalRates(), settings.account, overall=(_ACCOUNT,), sleep=sleep)
        self._sleep = sleep
        self._told_unreadable: set[str] = set()
        self._background: set[asyncio.Task[None]] = set()

    def faults(self) -> list[Fault]:
        """All that is wrong with the settings."""
        return self.settings.faults()

    async def start(self) -> None:
        """Connections are made when they are needed."""
        if faults := self.faults():
            raise SettingsError(faults)

    # --- coming in -------------------------------------------------------------------------------------

    async def poll(self, progress: dict[str, Any], accept: Accept) -> None:
        """Fetch for ever. Raises DeliveryError (permanent) where the homeserver refuses us."""
        entering = Entering(self._server, self._rooms.knows, groups=self.settings.groups)
        poller = Poller(self._server, self._rooms, entering, told=self._accepted, sleep=self._sleep)
        try:
            await poller.run(progress, accept)
        finally:
            await self._rooms.close()

    def _accepted(self, events: Sequence[InboundEvent]) -> None:
        """Once `events` are durable: show that we have read them, leave where nobody is any more, and say what we could not read."""
        latest: dict[str, InboundEvent] = {}
        for event in events:
            room = event.key.chat
            if event.kind in (EventKind.MESSAGE, EventKind.BUTTON):
                latest[room] = event
            elif event.kind is EventKind.BLOCKED and self._rooms.room(room).members <= 1:
                self._in_background(self._server.leave(room))
            elif (
                event.reason == UNREADABLE and not self._rooms.room(room).is_group and room not in self._told_unreadable
            ):
                self._told_unreadable.add(room)
                self._in_background(self._say_unreadable(room))
        for room, event in latest.items():
            self._in_background(self._server.mark_read(room, event.message_id))

    async def _say_unreadable(self, room: str) -> None:
        content = {"msgtype": "m.notice", "body": _CANNOT_READ, MARK: "unreadable"}
        await self._put(room, content, f"frontline-unreadable-{hashlib.sha256(room.encode()).hexdigest()[:16]}")

    async def fetch(self, file: Attachment) -> bytes:
        """The content of a file in a room, encrypted or not. Raises FileMissing."""
        return await self._media.fetch(file.source)

    # --- going out -------------------------------------------------------------------------------------

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Put all parts of a reply into the room in their order. The receipt names the last one."""
        room = outgoing.key.chat
        contents = render(outgoing, in_group=self._rooms.room(room).is_group)
        if not contents:
            raise DeliveryError("the reply says nothing", permanent=True)
        await self._pace.go(room)
        event = ""
        for part, content in enumerate(contents):
            event = await self._put(room, content, transaction_of(outgoing, part, content))
        return Receipt(event)

    async def _put(self, room: str, content: Json, transaction: str) -> str:
        kind = "m.room.message"
        try:
            if self.settings.keys is not None and await self._is_encrypted(room):
                kind, content = await self._rooms.seal(room, kind, content)
            return await self._server.send(room, kind, content, transaction)
        except SlowDown as error:
            await self._pace.pause(error.seconds)
            raise
        except DeliveryError as error:
            if error.certain:
                raise
            # Whether it arrived or not, sent again it arrives once.
            raise DeliveryError(error.reason) from None

    async def _is_encrypted(self, room: str) -> bool:
        if self._rooms.knows(room):
            return self._rooms.is_encrypted(room)
        return await self._server.is_encrypted(room)

    async def typing(self, key: ConversationKey) -> None:
        """Show "writing…" for some seconds, or until the reply is there."""
        try:
            await self._server.typing(key.chat)
        except DeliveryError as error:
            _log.debug("typing could not be shown: %s", error.reason)

    async def close(self) -> None:
        """Leave acknowledgements be and close the connections."""
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        await self._media.close()
        await self._server.close()
        await self._rooms.close()

    # --- for the operator ------------------------------------------------------------------------------

    async def check(self) -> str:
        """Ask the homeserver who we are. Raises DeliveryError where it refuses us.

        With a password that is a signing in, for which we call ourselves another device: it would end the token of the one that serves.
        """
        server = Homeserver(replace(self.settings, device=f"{self.settings.device}-CHECK"))
        try:
            await server.sign_in()
            if not self.settings.token:
                await server.sign_out()
        finally:
            await server.close()
        if server.account != self.account:
            raise DeliveryError(f"the token belongs to {server.account}: set matrix.account to it", permanent=True)
        rooms = "reads encrypted rooms" if self.settings.keys else "reads no encrypted rooms"
        groups = (
            "accepts invitations to rooms of several" if self.settings.groups else "accepts invitations of one person"
        )
        return f"{self.account} ({server.name}), {rooms}, {groups}"

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        if len(self._background) >= _MOST_ACKNOWLEDGING:
            work.close()
            return
        task = asyncio.get_running_loop().create_task(_harmless(work))
        self._background.add(task)
        task.add_done_callback(self._background.discard)


async def _harmless(work: Coroutine[Any, Any, None]) -> None:
    """What was only courtesy may fail."""
    try:
        await work
    except DeliveryError as error:
        _log.info("events were stored but could not be acknowledged: %s", error.reason)
