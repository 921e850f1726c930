"""Keeps within Telegram's rates, so that its 429 stays the exception."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from bot.rates import Claim, Rates, Window

# https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
OVERALL = Window("telegram.overall", most=30, seconds=1.0)
CHAT = Window("telegram.chat", most=1, seconds=1.0)
GROUP = Window("telegram.group", most=20, seconds=60.0)

Sleep = Callable[[float], Awaitable[object]]


class Limiter:
    """Lets a message of one bot account through when its turn has come."""

    def __init__(self, rates: Rates, account: str, *, sleep: Sleep = asyncio.sleep) -> None:
        self._rates = rates
        self._account = account
        self._sleep = sleep

    async def turn(self, chat: int) -> None:
        """Wait until one message may be sent to `chat`, and count it. Groups have negative ids."""
        while (wait := await self.claim(chat)) > 0:
            await self._sleep(wait)

    async def claim(self, chat: int) -> float:
        """Count a message to `chat` and return 0 if one may be sent now; else the seconds to wait, and nothing is counted."""
        place = self._place(chat)
        claims: list[Claim] = [(OVERALL, self._account), (CHAT, place)]
        if chat < 0:
            claims.append((GROUP, place))
        return await self._rates.take(*claims)

    async def pause(self, chat: int, seconds: float) -> None:
        """Telegram asked for `seconds` of silence in `chat`."""
        await self._rates.pause(CHAT, self._place(chat), seconds)

    def _place(self, chat: int) -> str:
        return f"{self._account}:{chat}"
