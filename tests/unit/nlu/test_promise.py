"""The promise: from which probability on answers may be given."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom

from nlu.content import Content, Outcome, Phrasing
from nlu.learning.training import fit
from nlu.promise import NEVER, Quality, Trials, admissible_from, effective, least_trials, lower_bound
from nlu.reading import DecisionKind
from nlu.snapshot import Snapshot
from nlu.understanding import Understanding


def drawn(seed: int, count: int = 2000) -> Trials:
    """Trials whose probabilities say the truth."""
    generator = np.random.default_rng(seed)
    probability = generator.beta(3.0, 1.0, count)
    right = generator.random(count) < probability
    return Trials.of(probability, probability, right, np.ones(count), ("de",) * count)


def truth(threshold: float) -> float:
    """The share that is really right from this threshold on, for trials as `drawn`."""
    many = np.random.default_rng(99).beta(3.0, 1.0, 200_000)
    return float(many[many >= threshold].mean())


def test_a_taken_threshold_breaks_the_promise_no_more_often_than_stated() -> None:
    thresholds = [drawn(seed).sure_from(0.9) for seed in range(200)]
    taken = [threshold for threshold in thresholds if threshold < NEVER]
    assert len(taken) > 150
    assert np.mean([truth(threshold) < 0.9 for threshold in taken]) <= 0.1


def test_probabilities_that_boast_are_not_believed() -> None:
    generator = np.random.default_rng(1)
    probability = generator.beta(3.0, 1.0, 2000)
    right = generator.random(2000) < 0.6 * probability
    assert Trials.of(probability, probability, right, np.ones(2000), ("de",) * 2000).sure_from(0.9) == NEVER


def test_a_higher_promise_asks_for_a_higher_threshold() -> None:
    thresholds = [drawn(3, 20_000).sure_from(promise) for promise in (0.8, 0.9, 0.95)]
    assert thresholds == sorted(thresholds)
    assert thresholds[-1] < NEVER


def test_the_lower_bound_is_the_exact_binomial_one() -> None:
    right = np.array([True] * 97 + [False] * 3)
    bound = float(lower_bound(np.ones(100), right, np.array([99]), 0.05)[0])
    assert binom.sf(96, 100, bound) == pytest.approx(0.05)


def test_weights_count_as_many_rows_as_they_say() -> None:
    assert effective(np.ones(50)) == pytest.approx(50)
    assert effective(np.array([1.0, 0.0, 0.0])) == pytest.approx(1)


def test_too_few_trials_admit_nothing_and_say_how_many_are_missing() -> None:
    few = Trials.of(np.full(40, 0.99), np.full(40, 0.99), np.ones(40, np.bool_), np.ones(40), ("de",) * 40)
    assert few.sure_from(0.95) == NEVER
    assert few.missing(0.95) == least_trials(0.95) - 40
    many = Trials.of(np.full(500, 0.99), np.full(500, 0.99), np.ones(500, np.bool_), np.ones(500), ("de",) * 500)
    assert many.sure_from(0.95) == pytest.approx(0.99)
    assert many.missing(0.95) == 0


def test_quality_is_what_the_trials_came_to() -> None:
    right = np.array([True] * 450 + [False] * 50 + [True] * 250 + [False] * 250)
    probability = np.array([0.9] * 500 + [0.4] * 500)
    trials = Trials.of(probability, probability, right, np.ones(1000), ("de",) * 1000)
    assert trials.quality(0.8) == Quality(right=0.7, answered=0.5)
    assert trials.quality(0.99) == Quality(right=0.7, answered=0.0)


def test_no_more_are_handed_over_than_can_be_staffed() -> None:
    probability = np.array([0.99] * 500 + [0.4] * 500)
    hope = np.concatenate([np.full(500, 0.99), np.linspace(0.9, 0.0, 500)])
    trials = Trials.of(probability, hope, probability > 0.5, np.ones(1000), ("de",) * 1000)
    for share in (0.0, 0.1, 0.3):
        handed_over = (hope < trials.staffed_from(0.95, share)) & (probability < 0.5)
        assert handed_over.mean() == pytest.approx(share, abs=0.002)
    assert trials.staffed_from(0.95, 1.0) == np.inf


def test_equal_probabilities_are_admitted_together_or_not_at_all() -> None:
    probability = np.full(600, 0.97)
    right = np.array([True] * 500 + [False] * 100)
    assert admissible_from(probability, right, np.ones(600), 0.95) == NEVER


def test_a_language_with_enough_trials_has_a_threshold_of_its_own() -> None:
    count = 3000
    probability = np.concatenate([np.linspace(0.5, 1.0, count)] * 2)
    right = np.concatenate([np.ones(count, np.bool_), np.linspace(0.5, 1.0, count) > 0.8])
    both = Trials.of(probability, probability, right, np.ones(2 * count), ("de",) * count + ("en",) * count)
    assert both.sure_from(0.95, "de") < both.sure_from(0.95, "other") < both.sure_from(0.95, "en")


@pytest.fixture(scope="module")
def unproven(content: Content) -> Snapshot:
    """A snapshot of too little content to prove anything."""
    return fit(content)


def test_where_nothing_is_proven_only_known_phrasings_are_answered(unproven: Snapshot) -> None:
    understanding = Understanding(unproven)
    assert understanding.read("wlan passwort").decision.kind is DecisionKind.ANSWER
    assert understanding.read("Wlan Paswort").decision.kind is DecisionKind.ANSWER
    other = understanding.read("ich suche den code für mein drahtloses netz").decision
    assert other.kind is not DecisionKind.ANSWER


def test_a_phrasing_of_two_answers_is_asked_about(content: Content) -> None:
    first, second, *others = content.answers
    both = [
        replace(entry, phrasings=(*entry.phrasings, Phrasing("das blaue formular", "de"))) for entry in (first, second)
    ]
    understanding = Understanding(fit(replace(content, answers=(*both, *others))))
    decision = understanding.read("das blaue formular").decision
    assert decision.kind is DecisionKind.CLARIFY
    assert {first.id, second.id} <= set(decision.answer_ids)


def test_customers_questions_count_as_trials(content: Content, unproven: Snapshot) -> None:
    outcomes = tuple(Outcome(f"wo ist meine rechnung vom {day}.", "de", ("bill-view",)) for day in range(1, 301))
    outcomes += tuple(Outcome(f"wie wird das wetter am {day}.", "de", ()) for day in range(1, 101))
    taught = fit(replace(content, outcomes=outcomes))
    assert len(taught.trials.right) >= 300
    assert taught.trials.sure_from(0.9) < NEVER
    assert Understanding(taught).read("wo ist meine rechnung vom 301").decision.kind is DecisionKind.ANSWER
    assert unproven.trials.sure_from(0.9) == NEVER


def test_what_is_known_by_who_was_content_teaches_and_proves_nothing(content: Content, unproven: Snapshot) -> None:
    fair = tuple(Outcome(f"wie wird das wetter am {day}.", "de", ()) for day in range(1, 201))
    content_ones = tuple(
        Outcome(f"wo ist meine rechnung vom {day}.", "de", ("bill-view",), proves=False) for day in range(1, 301)
    )
    taught = fit(replace(content, outcomes=(*fair, *content_ones)))
    assert len(taught.trials.right) <= len(fair)
    assert not taught.trials.right.any()
    alone = fit(replace(content, outcomes=content_ones))
    assert len(alone.trials.right) == len(unproven.trials.right), "no fair ones: the content's own trials are tested"


def test_outcomes_that_know_nothing_unanswerable_are_held_up_against_what_the_content_cannot_answer(
    content: Content,
) -> None:
    outcomes = tuple(Outcome(f"wo ist meine rechnung vom {day}.", "de", ("bill-view",)) for day in range(1, 301))
    trials = fit(replace(content, outcomes=outcomes)).trials
    assert trials.weight[~trials.right].sum() >= 0.19 * trials.weight.sum()
