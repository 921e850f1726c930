"""Trackers that last for a turn: begun where the bot says that the dialogue stands, and gone when the turn is over.

Rasa keeps a conversation in its tracker, and replays, copies and compares the whole of it several times a message. Kept, it would be
the slower the longer it is; would be gone with its process, or met again in a state that was left behind long ago; and two processes
on one store lose events of each other. Nothing here needs the past: rules look at intents, slots and the active form, and these are in
the bot's database, where they are written in one transaction with what the customer is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME, REQUESTED_SLOT
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, SessionStarted, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

STATE_SLOTS = ("expecting", "options", "contact", "fault_since", "fault_scope", REQUESTED_SLOT)
"""The slots that carry a dialogue from one turn to the next."""


def begun_at(conversation: str, form: dict[str, Any] | None, domain: Domain) -> DialogueStateTracker:
    """A tracker that stands where `form` says, waiting for the customer; at the very beginning without one."""
    form = form or {}
    events: list[Event] = [ActionExecuted(ACTION_SESSION_START_NAME), SessionStarted()]
    events += [SlotSet(name, value) for name, value in (form.get("slots") or {}).items() if value is not None]
    if form.get("name"):
        events += [ActionExecuted(form["name"]), ActiveLoop(form["name"])]
    events.append(ActionExecuted(ACTION_LISTEN_NAME))
    return DialogueStateTracker.from_events(conversation, events, domain.slots)


def standing_of(tracker: DialogueStateTracker) -> dict[str, Any] | None:
    """Where the dialogue stands: the `form` that the bot keeps and sends along with the next turn; None where nothing is open."""
    values = {name: tracker.get_slot(name) for name in STATE_SLOTS if name in tracker.slots}
    slots = {name: value for name, value in values.items() if value is not None}
    return {"name": tracker.active_loop_name, "slots": slots} if slots else None


class TurnTrackers(TrackerStore):
    """Holds the trackers of the turns under way, each as it is: Rasa's own stores make a copy of it, event by event."""

    def __init__(self) -> None:
        """Start empty."""
        super().__init__(Domain.empty())
        self._held: dict[str, DialogueStateTracker] = {}

    @contextmanager
    def holding(self, tracker: DialogueStateTracker) -> Iterator[None]:
        """Let Rasa find this tracker until the context ends."""
        self._held[tracker.sender_id] = tracker
        try:
            yield
        finally:
            del self._held[tracker.sender_id]

    def held(self, sender_id: str) -> DialogueStateTracker:
        """The tracker of a turn under way, as it was saved last."""
        return self._held[sender_id]

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Keep it to the end of its turn."""
        self._held[tracker.sender_id] = tracker

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The tracker of a turn under way; None where there is no such turn."""
        return self._held.get(sender_id)

    async def keys(self) -> Iterable[str]:
        """The conversations of which a turn is under way."""
        return list(self._held)
