"""The local brain: the same understanding in our own process, without Rasa's dialogues.

It answers what it is sure of while Rasa loads or is away, and hands over what needs more than one turn.
"""

from __future__ import annotations

import asyncio
from typing import Any

from bot.brain.base import result_from
from bot.domain.reading import Reading, Turn, TurnResult
from bot.errors import BrainUnavailable
from nlu.folder import SnapshotFolder
from nlu.following import Follower
from nlu.reading import Context, DecisionKind
from nlu.reading import Reading as NluReading

FOUND = 0.02  # confidence from which a search shows an answer; below it everything is alike

_BUTTONS: dict[str, dict[str, Any]] = {
    "helped_yes": {"act": "helped"},
    "helped_no": {"act": "not_helped"},
    "other_answer": {"act": "rephrase"},
    "human": {"act": "handoff", "reason": "asked"},
    "leave_contact": {"act": "ask", "slot": "contact"},
    "report_fault": {"act": "handoff", "reason": "fault"},
    "cancel": {"act": "cancelled"},
}


class LocalBrain:
    """Reads with the snapshot that is published in `folder`; BrainUnavailable while there is none."""

    def __init__(self, folder: SnapshotFolder) -> None:
        self._follower = Follower(folder)

    async def turn(self, turn: Turn) -> TurnResult:
        """One turn, as far as it can be taken without a dialogue engine."""
        if turn.button is not None:
            acts = _pressed(*turn.button, failed=int(turn.context.get("failures") or 0) > 0)
            return result_from({"reading": None, "acts": acts}, "local")
        reading = await asyncio.to_thread(self.read_now, turn.text or "", turn.context)
        return result_from({"reading": reading.as_dict(), "acts": acts_of(reading)}, "local")

    async def read(self, text: str, context: dict[str, Any]) -> Reading:
        """The reading alone."""
        return Reading.from_dict((await asyncio.to_thread(self.read_now, text, context)).as_dict())

    def search(self, text: str, language: str) -> tuple[str, ...]:
        """The ids of answers that fit `text`, best first; none while no content is published."""
        try:
            reading = self.read_now(text, {"language": language})
        except BrainUnavailable:
            return ()
        return tuple(found.answer_id for found in reading.candidates if found.confidence >= FOUND)

    def wake(self) -> None:
        """Load what is published, so that the first customer need not wait for it."""
        self._follower.current()

    def look(self) -> None:
        """Begin to take over what was published since, while the snapshot before goes on reading; returns at once."""
        self._follower.look()

    def read_now(self, text: str, context: dict[str, Any]) -> NluReading:
        """The reading, in the caller's thread."""
        understanding = self._follower.current()
        if understanding is None:
            raise BrainUnavailable("no content has been published yet: run `frontline train`")
        return understanding.read(text, Context.from_dict(context))


def acts_of(reading: NluReading) -> list[dict[str, Any]]:
    """What follows from a reading alone, as Rasa's rules would have it outside any dialogue."""
    decision = reading.decision
    acts: list[dict[str, Any]] = []
    if reading.intent in ("language_german", "language_english") and decision.kind is DecisionKind.SMALL_TALK:
        return [{"act": "language", "language": "de" if reading.intent == "language_german" else "en"}]
    if decision.kind is DecisionKind.ANSWER:
        acts.append({"act": "answer", "answer_ids": list(decision.answer_ids), "chosen": False})
    elif decision.kind is DecisionKind.CLARIFY:
        clarify = {"act": "clarify", "answer_ids": list(decision.answer_ids)}
        acts.append(clarify if decision.answer_ids else {"act": "rephrase"})
    elif decision.kind is DecisionKind.SMALL_TALK:
        acts.append({"act": "small_talk", "intent": reading.intent})
    if decision.handoff is not None:
        acts.append({"act": "handoff", "reason": decision.handoff})
    return acts or [{"act": "handoff", "reason": "unsure"}]


def _pressed(name: str, value: str, *, failed: bool) -> list[dict[str, Any]]:
    """What follows from a button; who is not helped a second time in a row gets a person."""
    if name == "choose_answer":
        return [{"act": "answer", "answer_ids": [value], "chosen": True}]
    if name == "language":
        return [{"act": "language", "language": value}]
    if name == "other_answer" and failed:
        return [{"act": "handoff", "reason": "not_helped"}]
    try:
        return [_BUTTONS[name]]
    except KeyError:
        raise BrainUnavailable(f"the local brain knows no button {name!r}") from None
