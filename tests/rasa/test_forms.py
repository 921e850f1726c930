"""Leaving a way of contact and reporting a fault, and every way out of the two."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from nlu.reading import DecisionKind, Reading
from tests.rasa.content import SCOPE, SINCE
from tests.rasa.customer import Customer

TextThat = Callable[[Callable[[Reading], bool]], str]

ASK_CONTACT = {"act": "ask", "slot": "contact"}
ASK_SINCE = {"act": "ask", "slot": "fault_since"}
ASK_SCOPE = {"act": "ask", "slot": "fault_scope"}
ASKED = [{"act": "handoff", "reason": "asked"}]


async def test_a_contact_is_left(customer: Customer) -> None:
    assert await customer.gets("leave_contact") == [ASK_CONTACT]
    assert await customer.hears("am besten max@beispiel.de") == [
        {"act": "contact", "value": "max@beispiel.de"},
        {"act": "handoff", "reason": "contact"},
    ]
    assert await customer.hears("hallo") == [{"act": "small_talk", "intent": "greet"}]


async def test_a_contact_inside_a_wish_for_a_person_is_taken(customer: Customer) -> None:
    await customer.gets("leave_contact")
    acts = await customer.hears("ein mitarbeiter soll mich anrufen: 0171 1234567")
    assert acts[0] == {"act": "contact", "value": "0171 1234567"}


async def test_what_is_no_contact_is_asked_for_again(customer: Customer) -> None:
    await customer.gets("leave_contact")
    assert await customer.hears("blub 12") == [{"act": "invalid", "slot": "contact"}]
    assert (await customer.hears("0171/1234567"))[0] == {"act": "contact", "value": "0171/1234567"}


async def test_a_question_in_the_contact_form_is_answered_and_the_form_goes_on(customer: Customer) -> None:
    await customer.gets("leave_contact")
    answer, ask = await customer.hears("wie kündige ich meinen vertrag")
    assert (answer["act"], ask) == ("answer", ASK_CONTACT)


async def test_small_talk_in_the_contact_form_is_answered_and_the_form_goes_on(customer: Customer) -> None:
    await customer.gets("leave_contact")
    assert await customer.hears("hallo") == [{"act": "small_talk", "intent": "greet"}, ASK_CONTACT]


async def test_a_fault_is_reported(customer: Customer) -> None:
    assert await customer.gets("report_fault") == [ASK_SINCE]
    assert await customer.hears(SINCE) == [ASK_SCOPE]
    assert await customer.hears(SCOPE) == [
        {"act": "fault", "since": SINCE, "scope": SCOPE},
        {"act": "handoff", "reason": "fault"},
    ]


@pytest.mark.parametrize(
    "text", ["hat sich wohl erledigt seit montag", "ja genau, egal welches gerät", "nein nur meins"]
)
async def test_a_fact_that_sounds_like_small_talk_is_a_fact(customer: Customer, text: str) -> None:
    await customer.gets("report_fault")
    assert await customer.hears(text) == [ASK_SCOPE]


async def test_a_second_report_starts_empty(customer: Customer) -> None:
    for _ in range(2):
        assert await customer.gets("report_fault") == [ASK_SINCE]
        assert await customer.hears(SINCE) == [ASK_SCOPE]
        await customer.hears(SCOPE)


async def test_a_greeting_and_a_row_of_marks_are_no_facts(customer: Customer) -> None:
    await customer.gets("report_fault")
    assert await customer.hears("hallo") == [{"act": "small_talk", "intent": "greet"}, ASK_SINCE]
    assert await customer.hears("???") == [{"act": "invalid", "slot": "fault_since"}]
    assert await customer.hears(SINCE) == [ASK_SCOPE]


@pytest.mark.parametrize("form", ["leave_contact", "report_fault"])
@pytest.mark.parametrize("typed", ["egal", "Abbrechen!", "vergiss es", "/cancel"])
async def test_a_form_is_left_in_words(customer: Customer, form: str, typed: str) -> None:
    await customer.gets(form)
    left = await customer.say(typed)
    assert left["acts"] == [{"act": "cancelled"}]
    assert left["form"] is None
    assert await customer.hears("hallo") == [{"act": "small_talk", "intent": "greet"}]


@pytest.mark.parametrize("form", ["leave_contact", "report_fault"])
async def test_a_form_is_left_by_button(customer: Customer, form: str) -> None:
    await customer.gets(form)
    assert await customer.gets("cancel") == [{"act": "cancelled"}]
    assert await customer.hears("hallo") == [{"act": "small_talk", "intent": "greet"}]


@pytest.mark.parametrize("form", ["leave_contact", "report_fault"])
async def test_asking_for_a_person_leaves_a_form(customer: Customer, form: str) -> None:
    await customer.gets(form)
    assert await customer.hears("ich will einen mitarbeiter") == ASKED
    await customer.gets(form)
    assert await customer.gets("human") == ASKED
    assert await customer.hears("hallo") == [{"act": "small_talk", "intent": "greet"}]


@pytest.mark.parametrize("form", ["leave_contact", "report_fault"])
async def test_an_urgent_matter_leaves_a_form(customer: Customer, text_that: TextThat, form: str) -> None:
    urgent = text_that(lambda r: r.decision.kind is DecisionKind.HANDOFF and r.decision.handoff == "urgent")
    await customer.gets(form)
    left = await customer.say(urgent)
    assert left["acts"] == [{"act": "handoff", "reason": "urgent"}]
    assert left["form"] is None


@pytest.mark.parametrize("form", ["leave_contact", "report_fault"])
async def test_choosing_an_answer_leaves_a_form(customer: Customer, form: str) -> None:
    await customer.gets(form)
    chosen = await customer.press("choose_answer", "bill-date")
    assert chosen["acts"] == [{"act": "answer", "answer_ids": ["bill-date"], "chosen": True}]
    assert chosen["form"]["name"] is None


async def test_one_form_gives_way_to_the_other_and_to_itself(customer: Customer) -> None:
    assert await customer.gets("leave_contact") == [ASK_CONTACT]
    assert await customer.gets("report_fault") == [ASK_SINCE]
    assert await customer.hears(SINCE) == [ASK_SCOPE]
    assert await customer.gets("report_fault") == [ASK_SINCE]
    assert await customer.gets("leave_contact") == [ASK_CONTACT]


async def test_a_change_of_language_asks_again(customer: Customer) -> None:
    await customer.gets("leave_contact")
    assert await customer.gets("language", "en") == [{"act": "language", "language": "en"}, ASK_CONTACT]
    assert await customer.hears("english please") == [{"act": "language", "language": "en"}, ASK_CONTACT]


async def test_a_half_filled_form_goes_on_in_a_process_that_does_not_know_it(customer: Customer) -> None:
    await customer.gets("report_fault")
    form = (await customer.say(SINCE))["form"]
    stranger = Customer(customer.session, customer.url, context={"form": form})
    assert (await stranger.hears(SCOPE))[0] == {
        "act": "fault",
        "since": SINCE,
        "scope": SCOPE,
    }


async def test_an_open_question_goes_on_in_a_process_that_does_not_know_it(customer: Customer) -> None:
    form = (await customer.press("choose_answer", "bill-date"))["form"]
    stranger = Customer(customer.session, customer.url, context={"form": form})
    assert await stranger.hears("ja") == [{"act": "helped"}]


async def test_a_form_outlives_a_long_talk(customer: Customer) -> None:
    await customer.gets("report_fault")
    assert await customer.hears(SINCE) == [ASK_SCOPE]
    for _ in range(60):
        assert await customer.hears("???") == [{"act": "invalid", "slot": "fault_scope"}]
    assert (await customer.hears(SCOPE))[0] == {
        "act": "fault",
        "since": SINCE,
        "scope": SCOPE,
    }
