"""Rasa as brain: any number of processes, each conversation pinned to one of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from bot.brain.pinning import ranked
from bot.brain.rasa import RasaMember, UnusableTurn
from bot.domain.reading import Reading, Turn, TurnResult
from bot.errors import BrainUnavailable

T = TypeVar("T")
TRIES = 2  # a message that kills whoever takes it kills no more than these


class RasaPool:
    """Asks the process that a conversation is pinned to; where that is away, the next in the conversation's own order.

    `members` are known by names that all front lines share. A turn takes no longer than `timeout` seconds, whoever is asked.
    """

    def __init__(self, members: Mapping[str, RasaMember], *, timeout: float) -> None:
        self.members = dict(members)
        self._timeout = timeout

    @property
    def up(self) -> int:
        """How many processes take turns."""
        return sum(member.up for member in self.members.values())

    async def turn(self, turn: Turn) -> TurnResult:
        """One turn."""
        return await self._ask(turn.conversation, lambda member, within: member.turn(turn, within))

    async def read(self, text: str, context: dict[str, Any]) -> Reading:
        """The reading alone. It belongs to no dialogue, so any process may give it."""
        return await self._ask(text, lambda member, within: member.read(text, context, within))

    async def close(self) -> None:
        """Close all connections."""
        for member in self.members.values():
            await member.close()

    async def _ask(self, pinned_by: str, ask: Callable[[RasaMember, float], Awaitable[T]]) -> T:
        clock = asyncio.get_running_loop().time
        end = clock() + self._timeout
        order = [self.members[name] for name in ranked(pinned_by, self.members)]
        able = [member for member in order if member.up][:TRIES]
        error = BrainUnavailable("no Rasa process is up")
        for place, member in enumerate(able):
            try:
                return await ask(member, (end - clock()) / (len(able) - place))  # time is left for those who follow
            except UnusableTurn:
                raise
            except BrainUnavailable as failed:
                error = failed
        raise error
