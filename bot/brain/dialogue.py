"""The local brain's share of the dialogues: what follows from a button or a reading, and where the dialogue then stands.

It goes on where Rasa left off and leaves off where Rasa can go on, in the same words (`form`, as the bot keeps it). Of the forms it
can fill the one for a contact; a fault report that is under way it passes on to a person, with what was told so far.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.domain.reading import Act
from bot.errors import BrainUnavailable
from nlu.choices import button_in
from nlu.contact import contact_in
from nlu.courtesy import COURTESIES
from nlu.reading import DecisionKind, Reading

CONTACT_FORM = "contact_form"
_BUTTONS: dict[str, Act] = {
    "helped_yes": Act("helped"),
    "helped_no": Act("not_helped"),
    "other_answer": Act("rephrase"),
    "human": Act("handoff", {"reason": "asked"}),
    "report_fault": Act("handoff", {"reason": "fault"}),
    "cancel": Act("cancelled"),
}
_IN_WORDS = {("affirm", "helped"): "helped_yes", ("deny", "helped"): "helped_no", ("deny", "choice"): "other_answer"}
_LANGUAGES = {"language_german": "de", "language_english": "en"}


@dataclass(frozen=True)
class Step:
    """What is to be done, and where the dialogue stands after it: the active form, by name and slots; empty where nothing is open."""

    acts: tuple[Act, ...]
    form: dict[str, Any]


class Dialogue:
    """The dialogue of one conversation, standing where its context says."""

    def __init__(self, context: dict[str, Any]) -> None:
        self._form: dict[str, Any] = context.get("form") or {}
        self._slots: dict[str, Any] = self._form.get("slots") or {}
        self._active: str | None = self._form.get("name")
        self._failed = int(context.get("failures") or 0) > 0

    def pressed(self, name: str, value: str) -> Step:
        """What follows from a button; who is not helped a second time in a row gets a person."""
        if name == "choose_answer":
            return Step((Act("answer", {"answer_ids": [value], "chosen": True}),), _expecting("helped"))
        if name == "language":
            return self._going_on(Act("language", {"language": value}))
        if name == "leave_contact":
            return Step((_ask("contact"),), {"name": CONTACT_FORM, "slots": {"requested_slot": "contact"}})
        if name == "other_answer" and self._failed:
            return Step((Act("handoff", {"reason": "not_helped"}),), {})
        try:
            return Step((_BUTTONS[name],), {})
        except KeyError:
            raise BrainUnavailable(f"the local brain knows no button {name!r}") from None

    def said(self, text: str, reading: Reading) -> Step:
        """What follows from a message in words."""
        expecting = str(self._slots.get("expecting") or "")
        options = list(self._slots.get("options") or []) if expecting == "choice" else None
        button = button_in(text, form=self._active, options=options)
        if button is None and (reading.intent, expecting) in _IN_WORDS and self._active is None:
            button = _IN_WORDS[reading.intent, expecting], ""
        if button is not None:
            return self.pressed(*button)
        return self._in_form(text, reading) if self._active else _outside(reading)

    def _in_form(self, text: str, reading: Reading) -> Step:
        contact = contact_in(text) if self._active == CONTACT_FORM else None
        if contact is not None:
            return Step((Act("contact", {"value": contact}), Act("handoff", {"reason": "contact"})), {})
        acts, kind = acts_of(reading), reading.decision.kind
        if reading.decision.handoff in ("urgent", "asked") or reading.intent == "distress":
            return Step(acts, {})
        if reading.intent == "nevermind" and self._active == CONTACT_FORM:
            return Step((_BUTTONS["cancel"],), {})
        courtesy = kind is DecisionKind.SMALL_TALK and reading.intent in (*COURTESIES, *_LANGUAGES)
        if kind is DecisionKind.ANSWER or courtesy:
            return self._going_on(*acts)
        if self._active == CONTACT_FORM:
            return Step((Act("invalid", {"slot": "contact"}),), self._form)
        return Step((Act("handoff", {"reason": "brain_down"}),), self._form)  # maybe a fact, and nobody here to take it

    def _going_on(self, *acts: Act) -> Step:
        """These acts, and the form's question again where one is open."""
        asked = self._slots.get("requested_slot") if self._active else None
        return Step((*acts, _ask(asked)) if asked else acts, self._form)


def _outside(reading: Reading) -> Step:
    acts = acts_of(reading)
    by_name = {act.name: act for act in acts}
    if "answer" in by_name:
        return Step(acts, _expecting("helped"))
    if "clarify" in by_name:
        return Step(acts, _expecting("choice", options=list(by_name["clarify"].data["answer_ids"])))
    return Step(acts, {})


def acts_of(reading: Reading) -> tuple[Act, ...]:
    """What follows from a reading alone, as Rasa's rules would have it outside any dialogue."""
    decision, acts = reading.decision, []
    if decision.kind is DecisionKind.SMALL_TALK and reading.intent in _LANGUAGES:
        return (Act("language", {"language": _LANGUAGES[reading.intent]}),)
    if decision.kind is DecisionKind.ANSWER:
        acts.append(Act("answer", {"answer_ids": list(decision.answer_ids), "chosen": False}))
    elif decision.kind is DecisionKind.CLARIFY and decision.answer_ids:
        acts.append(Act("clarify", {"answer_ids": list(decision.answer_ids)}))
    elif decision.kind is DecisionKind.CLARIFY:
        acts.append(Act("rephrase"))
    elif decision.kind is DecisionKind.SMALL_TALK:
        acts.append(Act("small_talk", {"intent": reading.intent}))
    if decision.handoff is not None:
        acts.append(Act("handoff", {"reason": decision.handoff}))
    return tuple(acts) or (Act("handoff", {"reason": "unsure"}),)


def _ask(slot: str) -> Act:
    return Act("ask", {"slot": slot})


def _expecting(what: str, **more: Any) -> dict[str, Any]:
    return {"name": None, "slots": {"expecting": what, **more}}
