"""From what people decided to what is learned."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.domain.reading import URGENT_REASONS, Urgency
from bot.knowledge.labelled import _UrgentOrCalm
from bot.knowledge.learned import full_hour, outcome_examples, urgency_examples
from bot.storage.learned import JudgedQuestion, JudgedUrgency
from nlu.urgency import RULES

PUBLISHED = frozenset({"bill-view", "bill-due", "sim-lost"})


def asked(message_id: int, text: str, answer_id: str | None, *, answered: bool = False) -> JudgedQuestion:
    return JudgedQuestion(message_id, text, "de", answer_id, answered)


def test_the_newest_word_on_the_same_words_counts() -> None:
    words = [
        JudgedUrgency("Es RIECHT verbrannt", "de", Urgency.EMERGENCY, "danger"),
        JudgedUrgency("es riecht verbrannt", "de", Urgency.NORMAL, ""),
    ]
    assert urgency_examples(words) == [
        {"text": "Es RIECHT verbrannt", "level": "emergency", "reason": "danger", "language": "de"}
    ]


def test_nothing_personal_is_learned() -> None:
    (urgent,) = urgency_examples([JudgedUrgency("ruft 0151 2345678 an", "de", Urgency.HIGH, "fraud")])
    (known,) = outcome_examples([asked(1, "rechnung für a@b.de", "bill-view")], [], PUBLISHED)
    assert (urgent["text"], known["text"]) == ("ruft 0000 0000000 an", "rechnung für mail@example.org")


def test_an_agents_word_wins_over_customers_also_for_another_message_in_the_same_words() -> None:
    agents = [asked(1, "rechnung?", "bill-due")]
    customers = [asked(1, "Rechnung?", "bill-view"), asked(2, "Rechnung?", "bill-view"), asked(3, "sim", "sim-lost")]
    learned = outcome_examples(agents, customers, PUBLISHED)
    assert [(one["text"], one["answer_ids"]) for one in learned] == [("rechnung?", ["bill-due"]), ("sim", ["sim-lost"])]


def test_what_an_agent_said_of_a_question_keeps_customers_out_when_it_was_edited_since() -> None:
    assert outcome_examples([asked(1, "neu", "gone")], [asked(1, "neu", "bill-view")], PUBLISHED) == []


def test_several_answers_may_have_helped() -> None:
    customers = [asked(1, "rechnung", "bill-view"), asked(2, "rechnung", "bill-due"), asked(3, "rechnung", "bill-view")]
    (known,) = outcome_examples([], customers, PUBLISHED)
    assert known["answer_ids"] == ["bill-due", "bill-view"]


def test_answers_that_are_gone_teach_nothing_and_no_answer_does() -> None:
    agents = [asked(1, "a", "gone"), asked(2, "b", None)]
    assert [(one["text"], one["answer_ids"]) for one in outcome_examples(agents, [], PUBLISHED)] == [("b", [])]
    customers = [asked(3, "c", "gone"), asked(4, "c", "bill-view")]
    assert outcome_examples([], customers, PUBLISHED)[0]["answer_ids"] == ["bill-view"]


def test_only_what_the_bot_had_not_answered_and_an_agent_judged_proves_anything() -> None:
    agents = [asked(1, "a", "bill-view"), asked(2, "b", "bill-view", answered=True)]
    customers = [asked(3, "c", "bill-view"), asked(4, "d", "bill-view", answered=True)]
    proves = {one["text"]: one["proves"] for one in outcome_examples(agents, customers, PUBLISHED)}
    assert proves == {"a": True, "b": False, "c": False, "d": False}


def test_whoever_spoke_last_the_same_words_are_the_same_content() -> None:
    words = [asked(1, "a", "bill-view"), asked(2, "b", "bill-due")]
    assert outcome_examples(words, [], PUBLISHED) == outcome_examples(words[::-1], [], PUBLISHED)
    assert outcome_examples([asked(1, "\u200b", "bill-view")], [], PUBLISHED) == []


def test_words_gather_for_an_hour() -> None:
    assert full_hour(datetime(2026, 11, 22, 19, 59, 59, 999, tzinfo=UTC)) == datetime(2026, 11, 22, 19, tzinfo=UTC)


def test_the_desk_offers_the_reasons_that_understanding_knows() -> None:
    offered = {(level.word, reason) for level, reasons in URGENT_REASONS.items() for reason in reasons}
    assert offered == {(rule.level.value, rule.reason) for rule in RULES}
    for level, reason in [*offered, ("normal", ""), ("low", "")]:
        _UrgentOrCalm(text="x", level=level, reason=reason, language="de")  # type: ignore[arg-type]
