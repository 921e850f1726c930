"""The brain's word on a message, as the bot keeps it: the reading and the acts that follow.

The reading itself is produced in `nlu/reading.py`; here it is data that came over a wire, checked on arrival.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any


class Urgency(IntEnum):
    """How urgent a matter is; a smaller number is served first."""

    EMERGENCY = 0
    HIGH = 1
    NORMAL = 2
    LOW = 3

    @classmethod
    def named(cls, name: str) -> Urgency:
        """The level called `name` (`emergency`, `high`, `normal`, `low`); ValueError for anything else."""
        try:
            return cls[name.upper()]
        except KeyError:
            raise ValueError(f"unknown level of urgency: {name!r}") from None

    @property
    def word(self) -> str:
        """The level as it is written in data: `emergency`, `high`, `normal`, `low`."""
        return self.name.lower()


URGENT_REASONS: dict[Urgency, tuple[str, ...]] = {
    Urgency.EMERGENCY: ("self_harm", "danger", "emergency_call", "health"),
    Urgency.HIGH: ("fraud", "sim_stolen", "health", "outage", "deadline", "repeated", "rage"),
}
"""What makes a matter urgent, by level. The levels below need no reason."""


def stands_alone(reading: dict[str, Any] | None) -> bool:
    """Whether a stored reading is that of a question that can be understood without what was said before."""
    if reading is None:
        return False
    return reading.get("intent") == "question" and "follow_up" not in (reading.get("notes") or ())


@dataclass(frozen=True)
class Reading:
    """What was understood of one message. `data` is the whole reading for the desk and the log."""

    language: str
    intent: str
    urgency: Urgency
    urgency_reason: str | None
    data: dict[str, Any] = field(repr=False)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Reading:
        """Check and take over a reading that came as JSON; ValueError says which part is unusable."""
        try:
            urgency = data["urgency"]
            return cls(
                language=str(data["language"]),
                intent=str(data["intent"]),
                urgency=Urgency.named(str(urgency["level"])),
                urgency_reason=urgency.get("reason"),
                data=data,
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"a reading without {error}") from error

    @property
    def asks_price(self) -> bool:
        """Whether it asks what the matter before costs."""
        return "price" in self.data.get("notes", ())

    def candidate_ids(self) -> tuple[str, ...]:
        """The answers that may be meant, best first."""
        return tuple(str(candidate["answer_id"]) for candidate in self.data.get("candidates", ()))


@dataclass(frozen=True)
class Act:
    """One thing the bot is to do: `answer`, `clarify`, `handoff`, `small_talk`… with its particulars in `data`."""

    name: str
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Turn:
    """What a brain is asked: one message (text or a pressed button) with what the conversation so far adds."""

    conversation: str
    message_id: str
    text: str | None
    button: tuple[str, str] | None
    context: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class TurnResult:
    """What a brain says to a turn. `brain` tells which one spoke: `rasa` or `local`.

    `form`: how far a dialogue has come; it goes along with the next turn, so that a brain that was restarted can go on.
    """

    reading: Reading | None
    acts: tuple[Act, ...]
    brain: str
    form: dict[str, Any] | None = None
