"""Actions that answer a message or a button outside the forms."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import acts
from actions.turn_tracker import (
    Events,
    button_value,
    context_of,
    form_left,
    form_of,
    intent_of,
    now_expecting,
    reading_of,
    say,
)

Domain = dict[str, Any]


class ActionAnswer(Action):
    """Gives the answer the reading is sure of."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_answer"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """Answer, and expect to hear whether it helped."""
        say(dispatcher, acts.of_reading(reading_of(tracker)))
        return now_expecting(tracker, "helped")


class ActionClarify(Action):
    """Offers the answers that may be meant, or asks to say it otherwise."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_clarify"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """Ask which one is meant, and expect a choice."""
        reading = reading_of(tracker)
        options = list(reading["decision"]["answer_ids"])
        say(dispatcher, acts.of_reading(reading))
        return now_expecting(tracker, "choice" if options else None, options or None)


class ActionHandoff(Action):
    """Calls a person, with a sure answer beside where the reading has one."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_handoff"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """Hand over; a form that was being filled is left."""
        reading = reading_of(tracker)
        asked = intent_of(tracker) == "human"
        say(dispatcher, [acts.handoff("asked")] if asked else acts.of_reading(reading))
        return [*form_left(tracker), *now_expecting(tracker, None)]


class ActionSmallTalk(Action):
    """Replies to small talk."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_small_talk"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """Reply in kind. Where a person is called too (distress), a form is no longer the matter."""
        reading = reading_of(tracker)
        say(dispatcher, acts.of_reading(reading))
        left = form_left(tracker) if intent_of(tracker) == "distress" or reading["decision"]["handoff"] else []
        return [*left, *now_expecting(tracker, None)]


class ActionChoose(Action):
    """Gives the answer the customer picked."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_choose"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """Answer, and expect to hear whether it helped."""
        say(dispatcher, [acts.answer(str(button_value(tracker)), chosen=True)])
        return [*form_left(tracker), *now_expecting(tracker, "helped")]


class ActionHelped(Action):
    """The answer helped."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_helped"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """Note it."""
        say(dispatcher, [{"act": "helped"}])
        return [*form_left(tracker), *now_expecting(tracker, None)]


class ActionNotHelped(Action):
    """The answer did not help."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_not_helped"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """Note it; from the second time in a row a person takes over."""
        say(dispatcher, acts.of_no_help(context_of(tracker), {"act": "not_helped"}))
        return [*form_left(tracker), *now_expecting(tracker, None)]


class ActionOtherAnswer(Action):
    """None of the answers offered is the right one."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_other_answer"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """Ask to say it otherwise; from the second time in a row a person takes over."""
        say(dispatcher, acts.of_no_help(context_of(tracker), {"act": "rephrase"}))
        return [*form_left(tracker), *now_expecting(tracker, None)]


class ActionLanguage(Action):
    """Changes the language of the conversation."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_language"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """Change it. What was expected before stays expected: a form asks again in the new language."""
        spoken = {"language_german": "de", "language_english": "en"}.get(intent_of(tracker))
        say(dispatcher, [{"act": "language", "language": spoken or button_value(tracker)}])
        return []


class ActionCancel(Action):
    """Leaves a form; outside a form "never mind" is small talk."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_cancel"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """Leave the form, if any."""
        small_talk = form_of(tracker) is None and intent_of(tracker) == "nevermind"
        say(dispatcher, acts.of_reading(reading_of(tracker)) if small_talk else [{"act": "cancelled"}])
        return [*form_left(tracker), *now_expecting(tracker, None)]
