"""What a brain is, and the check that every brain's word passes on arrival."""

from __future__ import annotations

from typing import Any, Protocol

from bot.domain.reading import Act, Reading, Turn, TurnResult
from bot.errors import BrainUnavailable

ACTS = frozenset(
    {
        "answer", "clarify", "rephrase", "small_talk", "handoff", "helped", "not_helped",
        "ask", "invalid", "contact", "fault", "cancelled", "language",
    }
)  # fmt: skip


class Brain(Protocol):
    """Reads messages. Raises BrainUnavailable where it cannot."""

    async def turn(self, turn: Turn) -> TurnResult:
        """One message of a conversation: what was understood, and what is to be done."""

    async def read(self, text: str, context: dict[str, Any]) -> Reading:
        """Only what was understood; no dialogue moves on."""


def result_from(data: Any, brain: str) -> TurnResult:
    """Check a turn's result that came as JSON. Rubbish counts as no answer: BrainUnavailable."""
    try:
        acts = tuple(_act(item) for item in data["acts"])
        reading = Reading.from_dict(data["reading"]) if data["reading"] is not None else None
        form = data.get("form")
        if form is not None and not isinstance(form, dict):
            raise TypeError("form")
    except (KeyError, TypeError, ValueError) as error:
        raise BrainUnavailable(f"{brain} gave no usable turn: {type(error).__name__}") from error
    return TurnResult(reading, acts, brain, form)


def _act(item: dict[str, Any]) -> Act:
    name = item["act"]
    if name not in ACTS:
        raise ValueError(f"unknown act {name!r}")
    return Act(name, {key: value for key, value in item.items() if key != "act"})
