"""Rasa while it is up, the local brain while it is not."""

from __future__ import annotations

from typing import Any

import structlog

from bot.brain.base import Brain
from bot.domain.reading import Reading, Turn, TurnResult
from bot.errors import BrainUnavailable

_LOG = structlog.get_logger()


class BrainWithStandIn:
    """Asks `first`; where that is unavailable, `second`. Says so in the log when it changes, not with every message."""

    def __init__(self, first: Brain, second: Brain) -> None:
        self._first = first
        self._second = second
        self._degraded = False

    async def turn(self, turn: Turn) -> TurnResult:
        """The first brain's turn, else the second's."""
        try:
            result = await self._first.turn(turn)
        except BrainUnavailable as error:
            self._note(degraded=True, reason=str(error))
            return await self._second.turn(turn)
        self._note(degraded=False)
        return result

    async def read(self, text: str, context: dict[str, Any]) -> Reading:
        """The first brain's reading, else the second's."""
        try:
            return await self._first.read(text, context)
        except BrainUnavailable:
            return await self._second.read(text, context)

    def _note(self, *, degraded: bool, reason: str = "") -> None:
        if degraded != self._degraded:
            _LOG.warning("brain.degraded", reason=reason) if degraded else _LOG.info("brain.recovered")
        self._degraded = degraded
