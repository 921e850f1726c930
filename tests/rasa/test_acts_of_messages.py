"""What follows from a message in words and from a button, outside the forms."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from nlu.reading import DecisionKind, Reading
from nlu.understanding import Understanding
from tests.rasa.content import SAYINGS
from tests.rasa.customer import Customer

TextThat = Callable[[Callable[[Reading], bool]], str]


def sure(reading: Reading) -> bool:
    return reading.decision.kind is DecisionKind.ANSWER and reading.decision.handoff is None


def of_several(reading: Reading) -> bool:
    return reading.decision.kind is DecisionKind.CLARIFY and len(reading.decision.answer_ids) >= 2


async def test_rasa_reads_every_saying_as_the_local_brain_does(
    customer: Customer, understanding: Understanding
) -> None:
    for text in SAYINGS:
        expected = json.loads(json.dumps(understanding.read(text).as_dict()))
        assert (await customer.say(text))["reading"] == expected


async def test_a_sure_answer_is_given(customer: Customer, text_that: TextThat, understanding: Understanding) -> None:
    text = text_that(sure)
    (answer_id,) = understanding.read(text).decision.answer_ids
    assert await customer.hears(text) == [{"act": "answer", "answer_ids": [answer_id], "chosen": False}]


async def test_several_possible_answers_are_offered(
    customer: Customer, text_that: TextThat, understanding: Understanding
) -> None:
    text = text_that(of_several)
    offered = list(understanding.read(text).decision.answer_ids)
    assert await customer.hears(text) == [{"act": "clarify", "answer_ids": offered}]


async def test_what_is_not_understood_is_asked_again(customer: Customer, text_that: TextThat) -> None:
    text = text_that(lambda r: r.decision.kind is DecisionKind.CLARIFY and not r.decision.answer_ids)
    assert await customer.hears(text) == [{"act": "rephrase"}]


async def test_what_nobody_wrote_an_answer_for_goes_to_a_person(customer: Customer, text_that: TextThat) -> None:
    text = text_that(lambda r: r.decision.handoff == "unsure")
    assert await customer.hears(text) == [{"act": "handoff", "reason": "unsure"}]


async def test_an_urgent_matter_goes_to_a_person_at_once(customer: Customer, text_that: TextThat) -> None:
    text = text_that(lambda r: r.decision.kind is DecisionKind.HANDOFF and r.decision.handoff == "urgent")
    assert await customer.hears(text) == [{"act": "handoff", "reason": "urgent"}]


async def test_an_urgent_matter_with_a_sure_answer_gets_both(customer: Customer, text_that: TextThat) -> None:
    text = text_that(lambda r: r.decision.kind is DecisionKind.ANSWER and r.decision.handoff == "urgent")
    acts = await customer.hears(text)
    assert [act["act"] for act in acts] == ["answer", "handoff"]
    assert acts[1]["reason"] == "urgent"


async def test_failures_in_a_row_go_to_a_person(customer: Customer, text_that: TextThat) -> None:
    customer.context = {"failures": 5}
    assert await customer.hears(text_that(of_several)) == [{"act": "handoff", "reason": "repeated_failure"}]


async def test_small_talk_is_answered_in_kind(customer: Customer) -> None:
    assert await customer.hears("hallo") == [{"act": "small_talk", "intent": "greet"}]
    assert await customer.hears("danke") == [{"act": "small_talk", "intent": "thanks"}]


async def test_never_mind_is_small_talk_where_no_form_is_open(customer: Customer) -> None:
    assert await customer.hears("egal") == [{"act": "small_talk", "intent": "nevermind"}]


async def test_a_person_can_be_asked_for_in_words_and_by_button(customer: Customer) -> None:
    asked = [{"act": "handoff", "reason": "asked"}]
    assert await customer.hears("ich will einen mitarbeiter") == asked
    assert await customer.gets("human") == asked


async def test_the_language_can_be_changed_in_words_and_by_button(customer: Customer) -> None:
    assert await customer.hears("english please") == [{"act": "language", "language": "en"}]
    assert await customer.gets("language", "de") == [{"act": "language", "language": "de"}]


async def test_a_button_has_no_reading(customer: Customer) -> None:
    assert (await customer.press("helped_yes"))["reading"] is None


@pytest.mark.parametrize(
    ("word", "button", "act"), [("ja", "helped_yes", "helped"), ("nein", "helped_no", "not_helped")]
)
async def test_whether_an_answer_helped_is_heard_in_words_and_by_button(
    customer: Customer, text_that: TextThat, word: str, button: str, act: str
) -> None:
    for reply in (lambda: customer.hears(word), lambda: customer.gets(button)):
        await customer.hears(text_that(sure))
        assert await reply() == [{"act": act}]


async def test_yes_is_small_talk_where_nothing_was_asked(customer: Customer, text_that: TextThat) -> None:
    yes = [{"act": "small_talk", "intent": "affirm"}]
    assert await customer.hears("ja") == yes
    await customer.hears(text_that(sure))
    await customer.hears("danke")
    assert await customer.hears("ja") == yes


async def test_the_second_answer_in_a_row_that_did_not_help_calls_a_person(customer: Customer) -> None:
    customer.context = {"failures": 1}
    assert await customer.gets("helped_no") == [{"act": "not_helped"}, {"act": "handoff", "reason": "not_helped"}]
    assert await customer.gets("other_answer") == [{"act": "handoff", "reason": "not_helped"}]


async def test_an_offered_answer_is_chosen_by_button(customer: Customer, text_that: TextThat) -> None:
    await customer.hears(text_that(of_several))
    chosen = [{"act": "answer", "answer_ids": ["bill-date"], "chosen": True}]
    assert await customer.gets("choose_answer", "bill-date") == chosen
    assert await customer.hears("ja") == [{"act": "helped"}]


@pytest.mark.parametrize(("typed", "place"), [("2", 1), ("die zweite", 1), ("the first one please", 0), ("Nr. 1", 0)])
async def test_an_offered_answer_is_chosen_by_its_place(
    customer: Customer, text_that: TextThat, typed: str, place: int
) -> None:
    (offer,) = await customer.hears(text_that(of_several))
    expected = [{"act": "answer", "answer_ids": [offer["answer_ids"][place]], "chosen": True}]
    assert await customer.hears(typed) == expected


@pytest.mark.parametrize("typed", ["keine davon", "nein"])
async def test_none_of_the_offered_answers_in_words(customer: Customer, text_that: TextThat, typed: str) -> None:
    await customer.hears(text_that(of_several))
    assert await customer.hears(typed) == [{"act": "rephrase"}]


async def test_a_choice_in_words_has_a_reading_all_the_same(customer: Customer, text_that: TextThat) -> None:
    await customer.hears(text_that(of_several))
    assert (await customer.say("die erste"))["reading"]["snapshot"]


async def test_a_number_chooses_nothing_where_nothing_was_offered(customer: Customer) -> None:
    (act,) = await customer.hears("2")
    assert act["act"] != "answer"
