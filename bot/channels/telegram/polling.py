"""Asks Telegram for news, for ever, and confirms only what is durable."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from bot.channels.backoff import Backoff
from bot.channels.base import Accept
from bot.channels.fields import Json, integer
from bot.channels.pacing import Sleep
from bot.channels.telegram.failures import seconds_of, words_of
from bot.domain.message import InboundEvent
from bot.errors import DeliveryError

_log = logging.getLogger(__name__)

OWN_FAULT_WAIT = 2.0  # seconds; a database of our own is not spared by asking less often, and customers wait until it is noticed that it is back


class Poller:
    """One bot's poller. `prepare` makes polling possible (again), `fetch` asks, `parse` translates, `told` hears of what was committed."""

    def __init__(
        self,
        prepare: Callable[[], Awaitable[None]],
        fetch: Callable[[int | None], Awaitable[list[Any]]],
        parse: Callable[[Json], InboundEvent],
        told: Callable[[Sequence[InboundEvent]], None],
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._prepare = prepare
        self._fetch = fetch
        self._parse = parse
        self._told = told
        self._sleep = sleep
        self._backoff = Backoff()
        self._prepared = False

    async def run(self, progress: dict[str, Any], accept: Accept) -> None:
        """Poll until cancelled, from behind `progress`. Raises DeliveryError (permanent) where the token is refused."""
        offset = integer(progress, "offset")
        while True:
            updates = await self._next_batch(offset)
            events = [self._parse(update) for update in updates]
            following = _offset_behind(updates)
            if following is not None and await self._commit(events, {"offset": following}, accept):
                offset = following  # the next question confirms: only now, that all of it is durable
                self._told(events)

    async def _next_batch(self, offset: int | None) -> list[Json]:
        try:
            if not self._prepared:
                await self._prepare()
                self._prepared = True
            updates = [update for update in await self._fetch(offset) if isinstance(update, dict)]
            if updates and _offset_behind(updates) is None:
                raise TelegramError("updates without an id, which nobody can confirm")
        except InvalidToken:
            reason = (
                "Telegram refuses the bot's token: ask @BotFather for the present one and set it in [telegram] token"
            )
            _log.error(reason)
            raise DeliveryError(reason, permanent=True) from None
        except RetryAfter as error:
            await self._sleep(seconds_of(error))
            return []
        except Conflict as error:
            self._prepared = False  # a webhook set by somebody else has to be taken away once more
            _log.error(
                "somebody else uses this bot's token, and each message reaches one of us only: %s", words_of(error)
            )
            await self._sleep(self._backoff.wait())
            return []
        except TelegramError as error:
            _log.warning("cannot ask Telegram for news, trying again: %s", words_of(error))
            await self._sleep(self._backoff.wait())
            return []
        self._backoff.reset()
        return updates

    async def _commit(self, events: list[InboundEvent], progress: dict[str, Any], accept: Accept) -> bool:
        try:
            await accept(events, progress)
        except Exception as error:  # whatever storage has: Telegram keeps the updates, and the poller has to live on
            # The text of the error may quote what customers wrote.
            _log.error("%d updates could not be stored, asking for them again: %s", len(events), type(error).__name__)
            await self._sleep(OWN_FAULT_WAIT)
            return False
        return True


def _offset_behind(updates: list[Json]) -> int | None:
    """The offset that confirms this batch; None if nothing in it can be confirmed.

    Never the highest ever seen: after a quiet week Telegram goes on from a random number, which may be lower
    (https://core.telegram.org/bots/api#update).
    """
    numbers = [number for update in updates if (number := integer(update, "update_id")) is not None]
    return max(numbers) + 1 if numbers else None
