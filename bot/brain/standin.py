"""Rasa while it is up, the local brain while it is not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import structlog

from bot.brain.base import Brain
from bot.domain.handoff import HandoffReason
from bot.domain.reading import Act, Reading, Turn, TurnResult
from bot.errors import BrainUnavailable

_LOG = structlog.get_logger()
_UNSURE = frozenset({"clarify", "rephrase", "invalid"})


class BrainWithStandIn:
    """Asks `first`; where that is unavailable, `second`. Says so in the log when it changes, not with every message."""

    def __init__(self, first: Brain, second: Brain) -> None:
        self._first = first
        self._second = second
        self._degraded = False

    async def turn(self, turn: Turn) -> TurnResult:
        """The first brain's turn, else the second's, as far as that is sure."""
        try:
            result = await self._first.turn(turn)
        except BrainUnavailable as error:
            self._note(degraded=True, reason=str(error))
            return as_stand_in(await self._second.turn(turn))
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


def as_stand_in(result: TurnResult) -> TurnResult:
    """The turn of a brain that only stands in: what it is not sure of goes to a person, and no question back pretends otherwise.

    Answers that may be meant are offered all the same: they may help before a person does.
    """
    if not any(_is_unsure(act) for act in result.acts):
        return result
    person = Act("handoff", {"reason": HandoffReason.BRAIN_DOWN.value})
    kept = (act for act in result.acts if act.name == "clarify" or not _is_unsure(act))
    return replace(result, acts=(person, *kept))


def _is_unsure(act: Act) -> bool:
    return act.name in _UNSURE or act.data.get("reason") == HandoffReason.UNSURE
