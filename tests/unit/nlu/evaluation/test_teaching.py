"""From labelled rows to content."""

from __future__ import annotations

import pytest

from nlu.content import Content, Outcome, UrgencyExample
from nlu.evaluation.labelled import Row
from nlu.evaluation.teaching import content_from, for_questions_only, languages, unknown_labels, with_outcomes

ROWS = [Row("where is my bill", ("bill",)), Row("who won the cup", ()), Row("end it all", ("cancel", "bill"))]


def test_labels_become_answers_and_other_rows_what_nobody_answers() -> None:
    content = content_from(ROWS, "en")
    assert {entry.id: [p.text for p in entry.phrasings] for entry in content.answers} == {
        "bill": ["where is my bill", "end it all"],
        "cancel": ["end it all"],
    }
    assert {p.language for entry in content.answers for p in entry.phrasings} == {"en"}
    assert content.elsewhere == ("who won the cup",)


def test_outcomes_name_all_answers_that_are_right() -> None:
    rows = [Row("a", ("new", "cancel")), Row("b", ()), Row("c", ("new",))]
    content = with_outcomes(content_from(ROWS, "en"), rows, "en")
    assert content.outcomes == (
        Outcome("a", "en", ("new", "cancel")),
        Outcome("b", "en", ()),
        Outcome("c", "en", ("new",)),
    )


def test_outcomes_that_were_there_are_kept() -> None:
    known = Outcome("how", "en", ("bill",))
    content = Content("v", content_from(ROWS).answers, {}, outcomes=(known,))
    assert with_outcomes(content, [Row("b", ())], "de").outcomes == (known, Outcome("b", "de", ()))


def test_labels_no_answer_has_are_counted() -> None:
    rows = [Row("a", ("new",)), Row("b", ("new",)), Row("c", ("new", "bill")), Row("d", ()), Row("e", ("x", "y"))]
    assert unknown_labels(rows, {"bill"}) == {"new": 2, "x|y": 1}


def test_small_talk_and_urgency_are_left_out() -> None:
    content = Content("v", content_from(ROWS).answers, {"greet": ("hi",)}, (UrgencyExample("hi", "low", "", "en"),))
    left = for_questions_only(content)
    assert (left.intents, left.urgency, left.answers) == ({}, (), content.answers)


@pytest.mark.parametrize(("language", "sure"), [("de", "wo ist das denn bitte"), ("en", "where is it then please")])
def test_a_text_without_function_words_is_in_the_language_of_the_others(language: str, sure: str) -> None:
    assert languages(["router", sure, "router modem firmware"]) == [language] * 3


def test_a_mixed_file_keeps_both_languages() -> None:
    assert languages(["wo ist meine Rechnung", "where is my bill"]) == ["de", "en"]
    assert languages(["wo ist meine Rechnung", "where is my bill"], "en") == ["en", "en"]


def test_other_languages_are_taken_for_the_usual_one() -> None:
    assert languages(["where is my bill", "Где мой счёт?"]) == ["en", "en"]
