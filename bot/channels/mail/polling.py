"""Asks the IMAP server for new mails, for ever. Each is committed together with how far the folder has been read; only then it is marked."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from bot.channels.base import Accept
from bot.channels.fields import integer
from bot.channels.mail.mailbox import Mailbox, Place, Refused, Trouble
from bot.domain.message import InboundEvent
from bot.settings.mail import Imap

_log = logging.getLogger(__name__)

FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0  # seconds between attempts to reach a server that cannot be reached
REFUSED_WAIT = 300.0  # seconds; providers lock accounts that are tried too often
OWN_FAULT_WAIT = 2.0  # seconds until a mail that could not be stored is read again

T = TypeVar("T")
Sleep = Callable[[float], Awaitable[object]]


class MailPoller:
    """Reads one folder. `parse` translates a mail, in a thread of its own: a large one takes a while."""

    def __init__(self, server: Imap, parse: Callable[[bytes], InboundEvent], sleep: Sleep = asyncio.sleep) -> None:
        self._server = server
        self._parse = parse
        self._sleep = sleep
        self._wait = FIRST_WAIT
        self._thread = ThreadPoolExecutor(1, "mail")  # one, for a connection is not made for two

    async def run(self, progress: dict[str, Any], accept: Accept) -> None:
        """Read for ever, from behind `progress`. What goes wrong is logged and tried again."""
        place = _place_in(progress)
        while True:
            try:
                async with self._opened() as mailbox:
                    while True:
                        place = await self._read_new(mailbox, place, accept)
                        self._wait = FIRST_WAIT
                        await self._pause(mailbox)
            except Refused:
                _log.error("the IMAP server refuses login and password: set them under [mail.imap]")
                await self._sleep(REFUSED_WAIT)
            except Trouble as error:
                _log.warning("cannot read mails, trying again: %s", type(error).__name__)
                await self._sleep(self._wait)
                self._wait = min(2 * self._wait, LONGEST_WAIT)

    @contextlib.asynccontextmanager
    async def _opened(self) -> AsyncIterator[Mailbox]:
        """A connection. However this ends, a call that is still under way in the thread ends soon, and then the connection is closed there."""
        opening = self._in_thread(partial(Mailbox, self._server))
        try:
            mailbox = await asyncio.shield(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(_close_unused)
            raise
        try:
            yield mailbox
        finally:
            mailbox.cut()
            self._in_thread(mailbox.close)

    def _in_thread(self, call: Callable[[], T]) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(self._thread, call)

    async def _read_new(self, mailbox: Mailbox, place: Place | None, accept: Accept) -> Place:
        known = place is not None and place.validity == mailbox.validity
        found = await self._in_thread(partial(mailbox.new, place))
        end = Place(mailbox.validity, max([*found, mailbox.last_uid if place is None or not known else place.uid]))
        for uid in found:
            raw = await self._in_thread(partial(mailbox.read, uid))
            if raw is None:  # somebody has moved it away meanwhile: it is theirs
                continue
            event = await asyncio.to_thread(self._parse, raw)
            # Where it began with what nobody had read, those in between are not ours to answer, should we stop half-way.
            following = Place(mailbox.validity, uid) if known else end if uid == found[-1] else None
            while not await self._commit(event, following, accept):
                await self._sleep(OWN_FAULT_WAIT)
            await self._in_thread(partial(mailbox.settle, uid))
        return end

    async def _commit(self, event: InboundEvent, place: Place | None, accept: Accept) -> bool:
        try:
            await accept([event], {"validity": place.validity, "uid": place.uid} if place else {})
        except Exception as error:  # whatever storage has: the mail lies where it is. The text of the error may quote what customers wrote
            _log.error("a mail could not be stored, trying again: %s", type(error).__name__)
            return False
        return True

    async def _pause(self, mailbox: Mailbox) -> None:
        if mailbox.tells:
            await self._in_thread(partial(mailbox.idle, self._server.poll_seconds))
        else:
            await self._sleep(self._server.poll_seconds)


def _close_unused(opening: asyncio.Future[Mailbox]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()


def _place_in(progress: dict[str, Any]) -> Place | None:
    validity, uid = integer(progress, "validity"), integer(progress, "uid")
    return None if validity is None or uid is None else Place(validity, uid)
