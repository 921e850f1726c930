"""The `Reading`: what was understood of one message. It is the contract between the rooms.

Everything here is plain data, frozen, and travels as JSON between the bot and Rasa.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import Enum
from typing import Any


class Level(str, Enum):
    """How urgent the matter is. The order of the members is the order of the work."""

    EMERGENCY = "emergency"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


class DecisionKind(str, Enum):
    """What the bot is going to do with the message."""

    ANSWER = "answer"
    CLARIFY = "clarify"
    HANDOFF = "handoff"
    SMALL_TALK = "small_talk"


@dataclass(frozen=True)
class Context:
    """What the conversation so far adds to one sentence.

    `language` is the language spoken last, `answer_id` the answer given last, `question` the text it
    answered, and `failures` how often in a row the bot was of no help. `asked` is the fact that a form waits for.
    """

    language: str | None = None
    answer_id: str | None = None
    question: str | None = None
    failures: int = 0
    asked: str | None = None

    @classmethod
    def from_dict(cls, data: dict[str, Any] | None) -> Context:
        """Read a context that came as JSON; unknown keys are left out, missing ones take the default."""
        data = data or {}
        form = data.get("form") or {}
        return cls(
            language=data.get("language"),
            answer_id=data.get("answer_id"),
            question=data.get("question"),
            failures=int(data.get("failures") or 0),
            asked=(form.get("slots") or {}).get("requested_slot") if form.get("name") else None,
        )


@dataclass(frozen=True)
class Candidate:
    """An answer that may be meant. `confidence` is P(this is the right answer), `phrasing` the nearest known wording."""

    answer_id: str
    confidence: float
    phrasing: str


@dataclass(frozen=True)
class Evidence:
    """Words of the customer that spoke for a level of urgency, and the rule that saw them."""

    rule: str
    words: str


@dataclass(frozen=True)
class Urgency:
    """How urgent, and why. `reason` names the kind of matter (`fraud`, `danger`, …), None where nothing is urgent."""

    level: Level = Level.NORMAL
    reason: str | None = None
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class Decision:
    """What follows from the reading.

    `answer_ids`: one to give (answer), up to three to choose from (clarify; empty = ask to rephrase), else empty.
    `handoff`: the reason a person is needed, also beside a sure answer to an urgent question:
    `urgent`, `asked`, `unsure`, `repeated_failure`; None where no person is needed.
    """

    kind: DecisionKind
    answer_ids: tuple[str, ...] = ()
    handoff: str | None = None


@dataclass(frozen=True)
class Reading:
    """What was understood of one message, how surely, and what follows.

    `intent` is a dialogue intent (`greet`, `human`, …) or `question`; `snapshot` names the content and matcher that read it.
    """

    language: str
    intent: str
    intent_confidence: float
    urgency: Urgency
    decision: Decision
    candidates: tuple[Candidate, ...] = ()
    snapshot: str = ""
    notes: tuple[str, ...] = field(default=())

    def as_dict(self) -> dict[str, Any]:
        """The reading as JSON-ready data, for example `{"language": "de", "decision": {"kind": "answer", …}, …}`."""
        return asdict(self, dict_factory=_plain)


def _plain(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return {key: value.value if isinstance(value, Enum) else value for key, value in pairs}
