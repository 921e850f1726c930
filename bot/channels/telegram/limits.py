"""Telegram's rates."""

from __future__ import annotations

import asyncio

from bot.channels.pacing import Pace, Sleep
from bot.rates import Rate, Rates, Window

# https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
OVERALL = Window("telegram.overall", most=30, seconds=1.0)
CHAT = Window("telegram.chat", most=1, seconds=1.0)
GROUP = Window("telegram.group", most=20, seconds=60.0)


class Limiter:
    """Lets a message of one bot account through when its turn has come. Groups have negative ids, and a rate besides."""

    def __init__(self, rates: Rates, account: str, *, sleep: Sleep = asyncio.sleep) -> None:
        self._pace = Pace(rates, account, overall=[OVERALL], of_chat=[CHAT], sleep=sleep)

    async def turn(self, chat: int) -> None:
        """Wait until one message may be sent to `chat`, and count it."""
        await self._pace.turn(str(chat), *_more(chat))

    async def claim(self, chat: int) -> float:
        """Count a message to `chat` and return 0 if one may be sent now; else the seconds to wait, and nothing is counted."""
        return await self._pace.claim(str(chat), *_more(chat))

    async def pause(self, chat: int, seconds: float) -> None:
        """Telegram asked for `seconds` of silence in `chat`."""
        await self._pace.pause(seconds, str(chat))


def _more(chat: int) -> tuple[Rate, ...]:
    return (GROUP,) if chat < 0 else ()
