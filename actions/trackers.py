"""Tracker stores that keep a conversation short: where it stands, and its last turns.

Rasa replays, copies and compares the whole tracker several times a message, so a conversation of 100
messages is five times slower than its start. Nothing here needs the past: rules look at intents, slots
and the active form, durable facts live in the bot's database. So the past is folded into its result.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

from rasa.core.tracker_store import RedisTrackerStore, TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME, REQUESTED_SLOT
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

# The last turn is kept whole, so that a message sent again finds its own acts.
TURNS_KEPT = 1
# What falls out is rebuilt from the `form` the bot keeps.
CONVERSATIONS_IN_MEMORY = 5_000
SECONDS_IN_REDIS = 7 * 24 * 3600

STATE_SLOTS = ("expecting", "options", "contact", "fault_since", "fault_scope", REQUESTED_SLOT)


def fresh_start(slots: dict[str, Any], form: str | None) -> list[Event]:
    """The events of a conversation that begins with these slots set and this form active."""
    events: list[Event] = [ActionExecuted(ACTION_SESSION_START_NAME), SessionStarted()]
    events += [SlotSet(name, value) for name, value in slots.items() if value is not None]
    if form:
        events += [ActionExecuted(form), ActiveLoop(form)]
    return [*events, ActionExecuted(ACTION_LISTEN_NAME)]


def state_of(tracker: DialogueStateTracker) -> dict[str, Any]:
    """The slots that carry a conversation from one turn to the next, as far as they are set."""
    values = {name: tracker.get_slot(name) for name in STATE_SLOTS if name in tracker.slots}
    return {name: value for name, value in values.items() if value is not None}


def shortened(tracker: DialogueStateTracker, domain: Domain) -> list[Event]:
    """The events of the same conversation with all but its last turns folded into slots and the active form."""
    events = list(tracker.events)
    turns = [place for place, event in enumerate(events) if isinstance(event, UserUttered)]
    if len(turns) <= TURNS_KEPT:
        return events
    cut = turns[-TURNS_KEPT]
    past = DialogueStateTracker.from_events(tracker.sender_id, events[:cut], domain.slots)
    return [*fresh_start(state_of(past), past.active_loop_name), *events[cut:]]


class ShortTrackers(TrackerStore):
    """Keeps the conversations spoken with last in memory.

    As events, not as JSON like Rasa's store: finding each event's class again from its name takes a third of a turn.
    """

    def __init__(self, domain: Domain, **kwargs: Any) -> None:
        """Start empty."""
        super().__init__(domain, **kwargs)
        self._kept: OrderedDict[str, list[Event]] = OrderedDict()

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Keep the conversation, and forget the one that has been silent longest where there are too many."""
        self._kept[tracker.sender_id] = shortened(tracker, self.domain)
        self._kept.move_to_end(tracker.sender_id)
        if len(self._kept) > CONVERSATIONS_IN_MEMORY:
            self._kept.popitem(last=False)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The conversation as it was saved; None where it is not known."""
        events = self._kept.get(sender_id)
        return None if events is None else DialogueStateTracker.from_events(sender_id, events, self.domain.slots)

    async def keys(self) -> Iterable[str]:
        """The conversations that are kept."""
        return list(self._kept)


class ShortRedisTrackers(RedisTrackerStore):
    """Keeps conversations in Redis for a week after their last message."""

    async def save(self, tracker: DialogueStateTracker, timeout: float | None = None) -> None:
        """Replace what is stored.

        Rasa's own store merges with it, which costs another reading and brings the whole past back. A
        conversation is pinned to one Rasa process with one message in flight, so there is nothing to merge.
        """
        short = DialogueStateTracker.from_events(tracker.sender_id, shortened(tracker, self.domain), self.domain.slots)
        serialised = self.serialise_tracker(short)
        self.red.set(self.key_prefix + tracker.sender_id, serialised, ex=int(timeout or SECONDS_IN_REDIS))
