"""The two forms: leaving a way of contact, and reporting a fault."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import acts
from actions.turn_tracker import Events, form_left, intent_of, now_expecting, reading_of, say
from nlu.contact import contact_in
from nlu.courtesy import COURTESIES

Domain = dict[str, Any]

MAX_VALUE = 500
# Without an address in the same message they end the contact form.
_WAYS_OUT = {"human", "urgent", "nevermind", "distress"}


def is_courtesy(reading: dict[str, Any]) -> bool:
    """Whether the message is small talk that says nothing about the matter."""
    return reading["decision"]["kind"] == "small_talk" and reading["intent"] in COURTESIES


def fault_fact(text: str, reading: dict[str, Any]) -> str | None:
    """The text as a fact about a fault; None where it is a courtesy or holds no letter and no digit."""
    if is_courtesy(reading) or not any(c.isalnum() for c in text):
        return None
    return text[:MAX_VALUE]


class ActionBeginForm(Action):
    """Clears the way for a form, also where another one, or the same, is half filled."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_begin_form"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """Leave what was being filled."""
        return form_left(tracker)


class _Validate(Action):
    """Checks the values just given, and marks the turn where one cannot be used."""

    def accepted(self, value: str, reading: dict[str, Any]) -> str | None:
        """The value as it is kept; None where it cannot be used."""
        raise NotImplementedError

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """Keep or refuse each value."""
        reading = reading_of(tracker)
        events: Events = []
        for slot, value in tracker.slots_to_validate().items():
            # Rasa presents a slot that was emptied in this turn as a candidate too.
            if value is None:
                continue
            kept = self.accepted(str(value), reading)
            events.append(SlotSet(slot, kept))
            events.extend([] if kept else self.refused(tracker))
        return events

    def refused(self, tracker: Tracker) -> Events:
        """What follows where a value cannot be used: the form asks again."""
        return [SlotSet("rejected", True)]


class ValidateContactForm(_Validate):
    """Takes an e-mail address or a phone number, wherever it stands in the text."""

    def name(self) -> str:
        """Name in the domain."""
        return "validate_contact_form"

    def accepted(self, value: str, reading: dict[str, Any]) -> str | None:
        """The address or number in the text."""
        return contact_in(value)

    def refused(self, tracker: Tracker) -> Events:
        """Ask again, or end the form where the customer wants out of it."""
        if intent_of(tracker) in _WAYS_OUT:
            return [SlotSet("requested_slot", None)]
        return super().refused(tracker)


class ValidateFaultForm(_Validate):
    """Takes a fault's facts as the customer words them."""

    def name(self) -> str:
        """Name in the domain."""
        return "validate_fault_form"

    def accepted(self, value: str, reading: dict[str, Any]) -> str | None:
        """The text, unless it is a courtesy."""
        return fault_fact(value, reading)


class _Ask(Action):
    """Asks one question of a form, or asks it again."""

    slot: str

    def name(self) -> str:
        """Name in the domain."""
        return f"action_ask_{self.slot}"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """Ask. What was said instead of a value is answered first, if it can be."""
        if not tracker.get_slot("rejected"):
            say(dispatcher, [acts.ask(self.slot)])
            return now_expecting(tracker, None)
        reading = reading_of(tracker)
        said_instead = reading["decision"]["kind"] == "answer" or is_courtesy(reading)
        say(dispatcher, [*acts.of_reading(reading), acts.ask(self.slot)] if said_instead else [acts.invalid(self.slot)])
        return [SlotSet("rejected", None)]


class ActionAskContact(_Ask):
    """Asks for a way of contact."""

    slot = "contact"


class ActionAskFaultSince(_Ask):
    """Asks since when the fault exists."""

    slot = "fault_since"


class ActionAskFaultScope(_Ask):
    """Asks what the fault concerns."""

    slot = "fault_scope"


class ActionContact(Action):
    """The contact form is over: complete, or left."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_contact"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """Pass the contact on and call a person, who will use it; without one, do what was wanted instead."""
        contact = tracker.get_slot("contact")
        if contact:
            say(dispatcher, [{"act": "contact", "value": contact}, acts.handoff("contact")])
        elif intent_of(tracker) == "nevermind":
            say(dispatcher, [{"act": "cancelled"}])
        else:
            say(dispatcher, acts.of_reading(reading_of(tracker)))
        return [SlotSet("contact", None)]


class ActionFault(Action):
    """The fault report is complete."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_fault"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """Pass the report on and call a person, who will act on it."""
        since, scope = tracker.get_slot("fault_since"), tracker.get_slot("fault_scope")
        say(dispatcher, [{"act": "fault", "since": since, "scope": scope}, acts.handoff("fault")])
        return [SlotSet("fault_since", None), SlotSet("fault_scope", None)]
