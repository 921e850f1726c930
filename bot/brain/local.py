"""The local brain: the same understanding in our own process, and of the dialogues what `dialogue.py` knows.

It stands in while Rasa loads or is away, and is the only brain where Rasa is switched off.
"""

from __future__ import annotations

import asyncio
from typing import Any

from bot.brain.dialogue import Dialogue
from bot.domain.reading import Reading, Turn, TurnResult
from bot.errors import BrainUnavailable
from nlu.folder import SnapshotFolder
from nlu.following import Follower
from nlu.reading import Context
from nlu.reading import Reading as NluReading

FOUND = 0.02  # confidence from which a search shows an answer; below it everything is alike


class LocalBrain:
    """Reads with the snapshot that is published in `folder`; BrainUnavailable while there is none."""

    def __init__(self, folder: SnapshotFolder) -> None:
        self._follower = Follower(folder)

    async def turn(self, turn: Turn) -> TurnResult:
        """One turn, as far as it can be taken without a dialogue engine."""
        dialogue = Dialogue(turn.context)
        if turn.button is not None:
            step = dialogue.pressed(*turn.button)
            return TurnResult(None, step.acts, "local", step.form)
        text = turn.text or ""
        reading = await asyncio.to_thread(self.read_now, text, turn.context)
        step = dialogue.said(text, reading)
        return TurnResult(Reading.from_dict(reading.as_dict()), step.acts, "local", step.form)

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
