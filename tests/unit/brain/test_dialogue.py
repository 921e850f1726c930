"""What the local brain makes of buttons and readings, in a form and outside, and where the dialogue then stands."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.requests import parse_turn
from bot.brain.dialogue import Dialogue, Step
from bot.brain.standin import as_stand_in
from bot.domain.reading import Act, TurnResult
from bot.errors import BrainUnavailable
from nlu.reading import Decision, DecisionKind, Reading, Urgency

CONTACT = {"name": "contact_form", "slots": {"requested_slot": "contact"}}
FAULT = {"name": "fault_form", "slots": {"requested_slot": "fault_scope", "fault_since": "seit gestern"}}
HELPED = {"name": None, "slots": {"expecting": "helped"}}
CHOICE = {"name": None, "slots": {"expecting": "choice", "options": ["a", "b"]}}
ASKED = Act("handoff", {"reason": "asked"})
DOWN = Act("handoff", {"reason": "brain_down"})
FORMS = (None, CONTACT, FAULT, HELPED, CHOICE)
BUTTONS = (
    *("helped_yes", "helped_no", "other_answer", "human", "leave_contact", "report_fault", "cancel"),
    *("choose_answer", "language"),
)


def reading(kind: str = "handoff", *ids: str, handoff: str | None = None, intent: str = "question") -> Reading:
    return Reading("de", intent, 0.9, Urgency(), Decision(DecisionKind(kind), ids, handoff))


SURE = reading("answer", "a")
UNSURE = reading(handoff="unsure")


def said(text: str, read: Reading, form: dict[str, Any] | None = None) -> Step:
    return Dialogue({"form": form}).said(text, read)


def pressed(name: str, form: dict[str, Any] | None = None, value: str = "") -> Step:
    return Dialogue({"form": form}).pressed(name, value)


def ask(slot: str) -> Act:
    return Act("ask", {"slot": slot})


def test_a_contact_form_is_filled() -> None:
    begun = pressed("leave_contact")
    assert begun == Step((ask("contact"),), CONTACT)
    left = said("am besten max@beispiel.de", UNSURE, begun.form)
    assert left == Step((Act("contact", {"value": "max@beispiel.de"}), Act("handoff", {"reason": "contact"})), {})


@pytest.mark.parametrize("form", [CONTACT, FAULT])
def test_a_sure_answer_in_a_form_is_given_and_the_form_asks_again(form: dict[str, Any]) -> None:
    step = said("wie kündige ich", SURE, form)
    assert [act.name for act in step.acts] == ["answer", "ask"]
    assert step.acts[1] == ask(form["slots"]["requested_slot"])
    assert step.form == form


@pytest.mark.parametrize("form", [CONTACT, FAULT])
def test_small_talk_in_a_form_is_answered_and_the_form_asks_again(form: dict[str, Any]) -> None:
    step = said("danke", reading("small_talk", intent="thanks"), form)
    assert [act.name for act in step.acts] == ["small_talk", "ask"]
    assert step.form == form


@pytest.mark.parametrize("form", [CONTACT, FAULT])
@pytest.mark.parametrize("text", ["abbrechen", "Vergiss es, bitte"])
def test_a_form_is_left_in_words_and_by_button(form: dict[str, Any], text: str) -> None:
    assert said(text, UNSURE, form) == Step((Act("cancelled"),), {})
    assert pressed("cancel", form) == Step((Act("cancelled"),), {})


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("reason", ["asked", "urgent"])
def test_a_person_is_called_out_of_any_form(form: dict[str, Any] | None, reason: str) -> None:
    assert said("…", reading(handoff=reason), form) == Step((Act("handoff", {"reason": reason}),), {})
    assert pressed("human", form) == Step((ASKED,), {})


def test_what_may_be_a_fact_of_a_fault_is_for_a_person() -> None:
    for read in (UNSURE, reading("clarify", "a", "b"), reading("small_talk", intent="nevermind")):
        assert said("nur das telefon", read, FAULT) == Step((DOWN,), FAULT)


def test_an_answer_is_followed_by_whether_it_helped() -> None:
    assert said("wie kündige ich", SURE).form == HELPED
    yes, no = (reading("small_talk", intent=intent) for intent in ("affirm", "deny"))
    assert said("ja", yes, HELPED).acts == (Act("helped"),)
    assert said("nein", no, HELPED).acts == (Act("not_helped"),)
    assert said("ja", yes).acts == (Act("small_talk", {"intent": "affirm"}),)


def test_an_answer_offered_is_chosen_by_its_place_or_turned_down() -> None:
    assert said("kündigen", reading("clarify", "a", "b")).form == CHOICE
    assert said("die zweite", UNSURE, CHOICE).acts == (Act("answer", {"answer_ids": ["b"], "chosen": True}),)
    assert said("keine davon", UNSURE, CHOICE).acts == (Act("rephrase"),)
    assert said("nein", reading("small_talk", intent="deny"), CHOICE).acts == (Act("rephrase"),)


def test_an_unknown_button_is_not_taken() -> None:
    with pytest.raises(BrainUnavailable):
        pressed("drop_tables")


READINGS = st.builds(
    reading,
    st.sampled_from(["answer", "clarify", "small_talk", "handoff"]),
    st.sampled_from(["a", "b"]),
    handoff=st.sampled_from([None, "urgent", "asked", "unsure", "repeated_failure"]),
    intent=st.sampled_from(
        ["question", "greet", "affirm", "deny", "nevermind", "human", "distress", "language_english"]
    ),
)
TEXTS = st.one_of(st.text(max_size=50), st.sampled_from(["abbrechen", "2", "keine", "a@b.de", "0171 1234567", "ja"]))


def steps(form: dict[str, Any] | None, text: str, read: Reading) -> list[Step]:
    return [said(text, read, form), *(pressed(name, form, "de") for name in BUTTONS)]


@given(st.sampled_from(FORMS), TEXTS, READINGS)
def test_where_it_leaves_off_rasa_can_go_on(form: dict[str, Any] | None, text: str, read: Reading) -> None:
    for step in steps(form, text, read):
        body = {"conversation": "c", "message_id": "1", "text": "x", "context": {"form": step.form or None}}
        assert parse_turn(json.dumps(body).encode()).context["form"] == (step.form or None)


@given(st.sampled_from(FORMS), TEXTS, READINGS)
def test_as_a_stand_in_it_asks_nothing_back_but_what_a_form_asked_before(
    form: dict[str, Any] | None, text: str, read: Reading
) -> None:
    for step in steps(form, text, read):
        acts = as_stand_in(TurnResult(None, step.acts, "local", step.form)).acts
        names = [act.name for act in acts]
        assert acts
        assert not {"rephrase", "invalid"} & set(names)
        assert "clarify" not in names or acts[0] == DOWN
        assert Act("handoff", {"reason": "unsure"}) not in acts


def test_a_stand_in_passes_on_what_is_sure_as_it_is() -> None:
    for step in (said("wie kündige ich", SURE), pressed("human"), said("a@b.de", UNSURE, CONTACT)):
        result = TurnResult(None, step.acts, "local", step.form)
        assert as_stand_in(result) is result


def test_a_stand_in_still_offers_what_may_be_meant() -> None:
    step = said("rechnung", reading("clarify", "a", "b"))
    acts = as_stand_in(TurnResult(None, step.acts, "local", step.form)).acts
    assert acts == (DOWN, Act("clarify", {"answer_ids": ["a", "b"]}))
