"""What a brain is."""

from __future__ import annotations

from typing import Any, Protocol

from bot.domain.reading import Reading, Turn, TurnResult


class Brain(Protocol):
    """Reads messages. Raises BrainUnavailable where it cannot."""

    async def turn(self, turn: Turn) -> TurnResult:
        """One message of a conversation: what was understood, and what is to be done."""

    async def read(self, text: str, context: dict[str, Any]) -> Reading:
        """Only what was understood; no dialogue moves on."""
