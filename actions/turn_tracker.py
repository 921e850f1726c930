"""What an action may know of the turn it runs in, read from the SDK's tracker."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.acts import Acts

Events = list[dict[str, Any]]


def reading_of(tracker: Tracker) -> dict[str, Any]:
    """The reading of the message; a button has none, and stands as one that asks for a person."""
    reading: dict[str, Any] | None = tracker.latest_message.get("reading")
    return reading or {"intent": "human", "decision": {"kind": "handoff", "answer_ids": [], "handoff": "asked"}}


def button_value(tracker: Tracker) -> str | None:
    """The value of the button that was pressed; None for a message in words."""
    button = tracker.latest_message.get("button") or {}
    return button.get("value")


def context_of(tracker: Tracker) -> dict[str, Any]:
    """The conversation's context, as the bot sent it with the message."""
    metadata = tracker.latest_message.get("metadata") or {}
    return metadata.get("context") or {}


def intent_of(tracker: Tracker) -> str:
    """The intent of the message."""
    return str(tracker.latest_message.get("intent", {}).get("name"))


def form_of(tracker: Tracker) -> str | None:
    """The form that is being filled; None where there is none."""
    name: str | None = tracker.active_loop_name
    return name


def say(dispatcher: CollectingDispatcher, acts: Acts) -> None:
    """Send acts to the bot, one `custom` message each."""
    for act in acts:
        dispatcher.utter_message(json_message=act)


def now_expecting(tracker: Tracker, expecting: str | None, options: list[str] | None = None) -> Events:
    """What a bare yes, no or number would answer after this turn; only what changes becomes an event."""
    wanted = {"expecting": expecting, "options": options}
    return [SlotSet(name, value) for name, value in wanted.items() if tracker.get_slot(name) != value]


def form_left(tracker: Tracker) -> Events:
    """The events that leave a form and forget what was filled in; none outside a form."""
    if form_of(tracker) is None:
        return []
    filled = [name for name in ("contact", "fault_since", "fault_scope") if tracker.get_slot(name) is not None]
    return [ActiveLoop(None), SlotSet("requested_slot", None), *(SlotSet(name, None) for name in filled)]
