"""Keeps within a vendor's rates, so that its 429 stays the exception. What has to wait waits in the outbox, where it is seen."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from bot.errors import DeliveryError
from bot.rates import Rate, Rates

Sleep = Callable[[float], Awaitable[object]]


class Pace:
    """The rates of one account: `overall` for all it sends, `of_chat` for what goes to one chat."""

    def __init__(
        self,
        rates: Rates,
        account: str,
        *,
        overall: Sequence[Rate] = (),
        of_chat: Sequence[Rate] = (),
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._rates = rates
        self._account = account
        self._overall = tuple(overall)
        self._of_chat = tuple(of_chat)
        self._sleep = sleep

    async def claim(self, chat: str, *more: Rate) -> float:
        """Count a message to `chat` and return 0 if one may be sent now; else the seconds to wait, and nothing is counted.

        `more`: rates that hold for this chat besides.
        """
        of_account = [(rate, self._account) for rate in self._overall]
        return await self._rates.take(*of_account, *((rate, self._place(chat)) for rate in (*self._of_chat, *more)))

    async def go(self, chat: str, *more: Rate) -> None:
        """Count a message to `chat`. Raises DeliveryError where its turn has not come: the outbox keeps it until then."""
        if (wait := await self.claim(chat, *more)) > 0:
            raise DeliveryError("the rate that the channel allows is used up", retry_after=wait)

    async def turn(self, chat: str, *more: Rate) -> None:
        """Wait until one more message may be sent to `chat`, and count it: for the rest of what has begun."""
        while (wait := await self.claim(chat, *more)) > 0:
            await self._sleep(wait)

    async def pause(self, seconds: float, chat: str | None = None) -> None:
        """The vendor asked for `seconds` of silence: in `chat`, else of the whole account."""
        rates, place = (self._overall, self._account) if chat is None else (self._of_chat, self._place(chat))
        for rate in rates[:1]:
            await self._rates.pause(rate, place, seconds)

    def _place(self, chat: str) -> str:
        return f"{self._account}:{chat}"
