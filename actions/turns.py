"""One turn of a conversation: from a checked request to the reading and the acts.

A turn follows from its request alone. Where the dialogue stands comes with it (`context.form`) and goes back with its result, and
nothing of it stays here. So any process can take any turn at any time; and a turn that is asked again, after a crash or because its
answer was lost, gives what it gave before.
"""

from __future__ import annotations

import asyncio
from typing import Any
from weakref import WeakValueDictionary

from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.processor import MessageProcessor
from rasa.shared.core.trackers import DialogueStateTracker

from actions.requests import Button, TurnRequest
from actions.trackers import TurnTrackers, begun_at, standing_of
from nlu.choices import button_in
from nlu.components.triage import READING, guarded

CHANNEL = "frontline"


class Turns:
    """Runs turns on a Rasa agent, one at a time in each conversation."""

    def __init__(self, agent: Agent, trackers: TurnTrackers) -> None:
        """Work on `agent`, which has its model loaded and looks for trackers in `trackers`."""
        self._agent = agent
        self._trackers = trackers
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def read(self, request: TurnRequest) -> dict[str, Any]:
        """The reading of a text; no conversation is touched."""
        parsed = await self._parse(str(request.text), request)
        return {"reading": parsed[READING]}

    async def run(self, request: TurnRequest) -> dict[str, Any]:
        """Take one message and tell what to do."""
        parsed = await self._parsed(request)
        collector = CollectingOutputChannel()
        message = UserMessage(
            parsed["text"], collector, request.conversation, parsed, CHANNEL, request.message_id,
            {"message_id": request.message_id, "context": request.context},
        )  # fmt: skip
        # The tracker is found by the conversation's name: two turns of one conversation at once would share it.
        lock = self._locks.setdefault(request.conversation, asyncio.Lock())
        async with lock:
            with self._trackers.holding(self._begun(request)):
                await self._processor.handle_message(message)
                ended = self._trackers.held(request.conversation)
        acts = [said["custom"] for said in collector.messages if "custom" in said]
        if not acts:
            # Rasa logs an action that fails, and goes on without it: the customer would hear nothing.
            raise RuntimeError("no act followed")
        return {"reading": parsed.get(READING), "acts": acts, "form": standing_of(ended)}

    def _begun(self, request: TurnRequest) -> DialogueStateTracker:
        return begun_at(request.conversation, request.context.get("form"), self._processor.domain)

    @property
    def _processor(self) -> MessageProcessor:
        processor = self._agent.processor
        assert processor is not None  # the server takes no request before the model is loaded
        return processor

    async def _parsed(self, request: TurnRequest) -> dict[str, Any]:
        parsed = await self._parse(request.text, request) if request.text else {"entities": []}
        button = request.button or (typed_button(request.text, request.context) if request.text else None)
        if button is None:
            return parsed
        pressed = {"name": button.name, "value": button.value}
        said = {"text": request.text or f"/{button.name}", "intent": {"name": button.name, "confidence": 1.0}}
        return {**parsed, **said, "button": pressed}

    async def _parse(self, text: str, request: TurnRequest) -> dict[str, Any]:
        message = UserMessage(guarded(text), metadata={"context": request.context})
        parsed: dict[str, Any] = await self._processor.parse_message(message)
        return {**parsed, "text": text}


def typed_button(text: str, context: dict[str, Any]) -> Button | None:
    """The button that a text stands for: a place among the answers offered, or the way out of a form."""
    form = context.get("form") or {}
    slots = form.get("slots") or {}
    options = list(slots.get("options") or []) if slots.get("expecting") == "choice" else None
    found = button_in(text, form=form.get("name"), options=options)
    return Button(found[0], found[1] or None) if found else None
