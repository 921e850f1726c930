"""Figures that compare systems, held to values worked out by hand."""

from __future__ import annotations

import pytest

from bench.scores import OUTSIDE, Guess, Run, correct_at, score
from nlu.evaluation.labelled import Row


def test_the_threshold_is_the_best_that_keeps_the_promise() -> None:
    confidence = [0.9, 0.8, 0.7, 0.6, 0.5]
    right = [True, False, True, True, False]
    assert correct_at(0.75, confidence, right, inside=4) == pytest.approx(3 / 4)
    assert correct_at(0.95, confidence, right, inside=4) == pytest.approx(1 / 4)
    assert correct_at(0.95, confidence, [False] * 5, inside=4) == 0.0
    assert correct_at(0.95, [0.5], [False], inside=0) is None


def test_questions_of_the_same_confidence_are_answered_all_or_not_at_all() -> None:
    assert correct_at(0.95, [0.5, 0.5], [True, False], inside=2) == 0.0
    assert correct_at(0.95, [0.5] * 20, [True] * 19 + [False], inside=20) == pytest.approx(0.95)


def test_where_the_class_of_what_nobody_answers_wins_the_best_answer_is_trusted_least() -> None:
    assert Guess.of_ranking([("a", 0.7), (OUTSIDE, 0.2), ("b", 0.1)], 1.0) == Guess(("a", "b"), 0.7, 1.0)
    assert Guess.of_ranking([(OUTSIDE, 0.6), ("a", 0.4)], 1.0) == Guess(("a",), -0.6, 1.0)
    assert Guess.of_ranking([], 1.0) == Guess((), 0.0, 1.0)


def test_a_right_answer_among_the_first_five_is_recalled() -> None:
    ranking = [(label, 0.1) for label in ("a", "b", OUTSIDE, "c", "d", "e", "f")]
    assert Guess.of_ranking(ranking, 1.0).labels == ("a", "b", "c", "d", "e")
    rows = [Row("one", ("a",)), Row("two", ("e", "x")), Row("three", ("f",)), Row("four", ())]
    found = score(rows, Run([Guess.of_ranking(ranking, 1.0)] * 4, 0.0), 0.95)
    assert (found.accuracy, found.recall_at_5) == (pytest.approx(1 / 3), pytest.approx(2 / 3))


def test_a_question_out_of_scope_counts_for_auroc_and_never_comes_out_right() -> None:
    rows = [Row("one", ("a",)), Row("two", ("a", "b")), Row("three", ())]
    guesses = [Guess(("a",), 0.9, 1.0), Guess(("b",), 0.2, 3.0), Guess((), 0.5, 2.0)]
    found = score(rows, Run(guesses, 4.0), 0.95)
    assert (found.accuracy, found.auroc, found.correct_at_promise) == (1.0, 0.5, 0.5)
    assert (found.ms_p50, found.fit_seconds, found.decided_correct) == (2.0, 4.0, None)
