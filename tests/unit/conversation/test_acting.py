"""From acts to words, without a brain, a database or a page."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.conversation.acting import Acting
from bot.conversation.answering import Answering
from bot.conversation.plan import Outcome, Plan
from bot.conversation.wording import Wording
from bot.domain.conversation import Facts
from bot.domain.message import Button, EventKind, MessageState
from bot.domain.reading import Reading, Urgency
from bot.settings import Company, Settings
from tests.unit.conversation.turns import COMMUNITY, FAQ, Shelf, plan


@pytest.fixture
def acting() -> Acting:
    wording = Wording("sie", {"company": "Fernblick"})
    settings = Settings(company=Company(address="sie"))
    return Acting(Answering(Shelf(FAQ, COMMUNITY), wording, settings), wording)


def test_an_answer_is_addressed_sourced_and_asks_whether_it_helped(acting: Acting) -> None:
    turn = plan({"act": "answer", "answer_ids": ["wifi-weak"], "chosen": False})
    acting.carry_out(turn)
    [reply] = turn.replies
    assert reply.text == (
        "Stellen Sie den Router frei.\n\n[Mehr dazu](https://www.example.org/wlan)\n\nHat das geholfen?"
    )
    assert reply.source is not None
    assert reply.source.url.endswith("/answers/wifi-weak?language=de")
    assert turn.facts.answer_id == "wifi-weak"
    assert turn.state is MessageState.ANSWERED


def test_of_a_community_answer_the_accepted_reply_is_passed_on(acting: Acting) -> None:
    turn = plan({"act": "answer", "answer_ids": ["community-mesh"]})
    acting.carry_out(turn)
    assert turn.replies[0].text.startswith("Den großen.")
    assert turn.replies[0].source is not None
    assert (turn.replies[0].source.author, turn.replies[0].source.votes) == ("ole", 14)


def test_the_answer_is_in_the_customers_language(acting: Acting) -> None:
    turn = plan({"act": "answer", "answer_ids": ["wifi-weak"]}, language="en")
    acting.carry_out(turn)
    assert "Did this help?" in turn.replies[0].text


def test_an_answer_retired_in_the_meantime_calls_a_person(acting: Acting) -> None:
    turn = plan({"act": "answer", "answer_ids": ["gone"]})
    acting.carry_out(turn)
    assert turn.handoff is not None
    assert turn.state is MessageState.WITH_AGENT


def test_did_you_mean_offers_the_questions_and_something_else(acting: Acting) -> None:
    turn = plan({"act": "clarify", "answer_ids": ["wifi-weak", "community-mesh", "gone"]})
    acting.carry_out(turn)
    assert [button.label for button in turn.replies[0].buttons] == [
        "Was tun bei schwachem WLAN?",
        "Welcher Repeater?",
        "Etwas anderes",
    ]


def test_who_asks_for_a_price_is_told_that_there_is_none_and_what_is_next(acting: Acting) -> None:
    asked = Reading("de", "question", Urgency.NORMAL, None, {"notes": ["follow_up", "price"]})
    offer = plan({"act": "clarify", "answer_ids": ["wifi-weak"]}, reading=asked)
    acting.carry_out(offer)
    assert "kein Preis" in offer.replies[0].text
    assert [button.name for button in offer.replies[0].buttons] == ["choose_answer", "other_answer"]
    none = plan({"act": "rephrase"}, reading=asked)
    acting.carry_out(none)
    assert "kein Preis" in none.replies[0].text
    assert [button.name for button in none.replies[0].buttons] == ["human"]


def test_not_helped_offers_another_answer_a_fault_report_and_a_person(acting: Acting) -> None:
    facts = Facts(introduced=True, answer_id="wifi-weak", others=("community-mesh",))
    turn = plan({"act": "not_helped"}, facts=facts)
    acting.carry_out(turn)
    assert [button.name for button in turn.replies[0].buttons] == ["choose_answer", "report_fault", "human"]
    assert turn.outcome is not None
    assert (turn.outcome.answer_id, turn.outcome.kind) == ("wifi-weak", "not_helped")


def test_not_helped_a_second_time_calls_a_person(acting: Acting) -> None:
    turn = plan({"act": "not_helped"}, facts=Facts(introduced=True, answer_id="wifi-weak", failures=1))
    acting.carry_out(turn)
    assert turn.handoff is not None
    assert turn.facts.failures == 0


def test_an_urgent_question_with_a_sure_answer_gets_both(acting: Acting) -> None:
    turn = plan({"act": "answer", "answer_ids": ["wifi-weak"]}, {"act": "handoff", "reason": "urgent"})
    acting.carry_out(turn)
    assert len(turn.replies) == 1
    assert turn.handoff is not None
    assert turn.handoff.reason == "urgent"


def test_while_a_person_is_awaited_the_bot_still_offers_answers_but_does_not_ask_back(acting: Acting) -> None:
    offer = plan({"act": "clarify", "answer_ids": ["wifi-weak"]}, case_open=True)
    acting.carry_out(offer)
    assert [button.name for button in offer.replies[0].buttons] == ["choose_answer", "other_answer"]
    question = plan({"act": "rephrase"}, case_open=True)
    acting.carry_out(question)
    assert question.replies == []
    assert offer.attach
    assert question.attach


def test_a_contact_is_kept_and_joins_the_case(acting: Acting) -> None:
    turn = plan({"act": "contact", "value": "0170 1"})
    acting.carry_out(turn)
    assert turn.facts.contact == "0170 1"
    assert turn.evidence == {"contact": "0170 1"}
    assert turn.handoff is not None


def helped(facts: Facts, *, pressed: str | None = None) -> Plan:
    turn = plan({"act": "helped"}, facts=facts)
    if pressed is not None:
        turn.message = replace(turn.message, kind=EventKind.BUTTON, button=Button("helped_yes", pressed))
    return turn


def test_what_helped_is_known_with_the_message_that_asked_for_it(acting: Acting) -> None:
    answered = plan({"act": "answer", "answer_ids": ["wifi-weak"]})
    acting.carry_out(answered)
    for pressed in (None, "", "wifi-weak"):
        turn = helped(answered.facts, pressed=pressed)
        acting.carry_out(turn)
        assert turn.outcome == Outcome("wifi-weak", "helped", answered.message.id)


def test_of_a_choice_the_question_is_what_was_asked_back_about(acting: Acting) -> None:
    asked_back = plan({"act": "clarify", "answer_ids": ["wifi-weak", "community-mesh"]})
    acting.carry_out(asked_back)
    chosen = plan({"act": "answer", "answer_ids": ["wifi-weak"], "chosen": True}, facts=asked_back.facts)
    chosen.message = replace(chosen.message, id=2, kind=EventKind.BUTTON, button=Button("choose_answer", "wifi-weak"))
    acting.carry_out(chosen)
    assert (chosen.facts.answered_id, chosen.facts.question) == (1, "frage")


def test_a_button_under_something_older_tells_nothing_of_the_last_question(acting: Acting) -> None:
    facts = Facts(introduced=True, answer_id="wifi-weak", answered_id=1, question="frage", question_id=2)
    under_another = helped(facts, pressed="community-mesh")
    acting.carry_out(under_another)
    assert under_another.outcome == Outcome("wifi-weak", "helped", None)
    no_longer_offered = plan({"act": "answer", "answer_ids": ["community-mesh"], "chosen": True}, facts=facts)
    acting.carry_out(no_longer_offered)
    assert no_longer_offered.facts.answered_id is None
    asked_back_since = helped(facts, pressed="wifi-weak")
    acting.carry_out(asked_back_since)
    assert asked_back_since.outcome == Outcome("wifi-weak", "helped", 1), "not for the question asked back about since"
