"""One turn of a conversation: from a checked request to the reading and the acts."""

from __future__ import annotations

import asyncio
from typing import Any
from weakref import WeakValueDictionary

from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from actions.choices import choice_in, is_cancel
from actions.requests import Button, TurnRequest
from actions.trackers import fresh_start, state_of
from nlu.components.triage import READING, guarded

CHANNEL = "frontline"


class Turns:
    """Runs turns on a Rasa agent, one at a time in each conversation."""

    def __init__(self, agent: Agent) -> None:
        """Work on `agent`, which has its model loaded."""
        self._agent = agent
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def read(self, request: TurnRequest) -> dict[str, Any]:
        """The reading of a text; no conversation is touched."""
        parsed = await self._parse(str(request.text), request)
        return {"reading": parsed[READING]}

    async def run(self, request: TurnRequest) -> dict[str, Any]:
        """Take one message and tell what to do. A message that was already taken gets the same answer again."""
        # Rasa's own lock polls once a second; and a message sent again while its first copy is still under
        # way must wait before it looks, not after.
        lock = self._locks.setdefault(request.conversation, asyncio.Lock())
        async with lock:
            tracker = await self._agent.tracker_store.retrieve(request.conversation)
            earlier = taken_before(tracker, request.message_id) if tracker else None
            if earlier:
                return earlier
            tracker = tracker or await self._restored(request)
            collector = CollectingOutputChannel()
            parsed = await self._parsed(request, tracker)
            await self._agent.handle_message(
                UserMessage(
                    parsed["text"], collector, request.conversation, parsed, CHANNEL, request.message_id,
                    {"message_id": request.message_id, "context": request.context},
                )
            )  # fmt: skip
            after = await self._agent.tracker_store.retrieve(request.conversation)
        acts = [message["custom"] for message in collector.messages if "custom" in message]
        if not acts:
            # Rasa logs an action that fails, and goes on without it: the customer would hear nothing.
            raise RuntimeError("no act followed")
        return result(parsed.get(READING), acts, after)

    async def _parsed(self, request: TurnRequest, tracker: DialogueStateTracker | None) -> dict[str, Any]:
        parsed = await self._parse(request.text, request) if request.text else {"entities": []}
        button = request.button or (typed_button(request.text, tracker) if request.text else None)
        if button is None:
            return parsed
        pressed = {"name": button.name, "value": button.value}
        said = {"text": request.text or f"/{button.name}", "intent": {"name": button.name, "confidence": 1.0}}
        return {**parsed, **said, "button": pressed}

    async def _parse(self, text: str, request: TurnRequest) -> dict[str, Any]:
        message = UserMessage(guarded(text), metadata={"context": request.context})
        processor = self._agent.processor
        assert processor is not None  # the server takes no request before the model is loaded
        parsed: dict[str, Any] = await processor.parse_message(message)
        return {**parsed, "text": text}

    async def _restored(self, request: TurnRequest) -> DialogueStateTracker | None:
        """A conversation this process does not know, begun where the bot says that it stands."""
        form = request.context.get("form")
        if not form:
            return None
        domain = self._agent.domain
        events = fresh_start(form.get("slots") or {}, form.get("name"))
        tracker = DialogueStateTracker.from_events(request.conversation, events, domain.slots if domain else None)
        await self._agent.tracker_store.save(tracker)
        return tracker


def typed_button(text: str, tracker: DialogueStateTracker | None) -> Button | None:
    """The button that a text stands for: a place among the answers offered, or the way out of a form."""
    if tracker is None:
        return None
    if tracker.active_loop_name and is_cancel(text):
        return Button("cancel", None)
    if tracker.get_slot("expecting") != "choice":
        return None
    choice = choice_in(text, list(tracker.get_slot("options") or []))
    if choice is None:
        return None
    return Button("choose_answer", choice) if choice else Button("other_answer", None)


def taken_before(tracker: DialogueStateTracker, message_id: str) -> dict[str, Any] | None:
    """The result of the turn that took this message, if the tracker still has it."""
    acts: list[Any] = []
    for event in reversed(tracker.events):
        if isinstance(event, BotUttered) and "custom" in event.data:
            acts.insert(0, event.data["custom"])
        elif isinstance(event, UserUttered):
            if event.message_id == message_id and acts:
                return result(event.parse_data.get(READING), acts, tracker)
            acts = []
    return None


def result(reading: dict[str, Any] | None, acts: list[Any], tracker: DialogueStateTracker | None) -> dict[str, Any]:
    """What a turn answers. `form` is where the dialogue stands: the bot keeps it and sends it back in the context."""
    slots = state_of(tracker) if tracker else {}
    form = {"name": tracker.active_loop_name, "slots": slots} if tracker and slots else None
    return {"reading": reading, "acts": acts, "form": form}
