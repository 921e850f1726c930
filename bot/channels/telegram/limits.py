"""Keeps within Telegram's rates, so that its 429 stays the exception."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

# https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
OVERALL = 30  # messages a second
CHAT_SECONDS = 1.0  # between two messages to one chat
GROUP = 20  # messages a minute to one group
MINUTE = 60.0  # seconds

Sleep = Callable[[float], Awaitable[object]]


@dataclass
class _Chat:
    sent: deque[float] = field(default_factory=lambda: deque(maxlen=GROUP))
    paused_until: float = 0.0


class Limiter:
    """Lets a send through when its turn has come. Times are seconds of a clock that never goes back."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic, sleep: Sleep = asyncio.sleep) -> None:
        self._clock = clock
        self._sleep = sleep
        self._overall: deque[float] = deque(maxlen=OVERALL)
        self._chats: dict[int, _Chat] = {}
        self._tidy_at = 1000

    async def turn(self, chat: int) -> None:
        """Wait until one message may be sent to `chat`, and count it. Groups have negative ids."""
        while (wait := self.claim(chat)) > 0:
            await self._sleep(wait)

    def claim(self, chat: int) -> float:
        """Count a message to `chat` and return 0 if one may be sent now; else the seconds to wait, and nothing is counted."""
        if (wait := self.wait(chat)) > 0:
            return wait
        now = self._clock()
        self._overall.append(now)
        self._chats.setdefault(chat, _Chat()).sent.append(now)
        self._tidy(now)
        return 0.0

    def pause(self, chat: int, seconds: float) -> None:
        """Telegram asked for `seconds` of silence in `chat`."""
        self._chats.setdefault(chat, _Chat()).paused_until = self._clock() + seconds

    def wait(self, chat: int) -> float:
        """Seconds until a message may be sent to `chat`; none if not positive."""
        now = self._clock()
        known = self._chats.get(chat, _Chat())
        free = [known.paused_until]
        if len(self._overall) == OVERALL:
            free.append(self._overall[0] + 1.0)
        if known.sent:
            free.append(known.sent[-1] + CHAT_SECONDS)
        if chat < 0 and len(known.sent) == GROUP:
            free.append(known.sent[0] + MINUTE)
        return max(free) - now

    def _tidy(self, now: float) -> None:
        if len(self._chats) < self._tidy_at:
            return
        self._chats = {
            chat: known
            for chat, known in self._chats.items()
            if known.paused_until > now or (known.sent and known.sent[-1] > now - MINUTE)
        }
        self._tidy_at = max(1000, 2 * len(self._chats))
