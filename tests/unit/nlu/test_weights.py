"""How much trials count."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nlu.learning.crossfit import Trial
from nlu.learning.weights import lift, outcome_weights


def outcome(*, known: bool = True, proves: bool = True) -> Trial:
    """A trial of a customer's question; how it was matched plays no part here."""
    matched: Any = None
    return Trial(matched, (), "a", known, "de", (), proves=proves)


def test_however_many_prove_nothing_they_weigh_no_more_than_the_contents_own_trials() -> None:
    unfair = [outcome(proves=False) for _ in range(1000)]
    weights = outcome_weights([*unfair, outcome()], 50.0, 0.2)
    assert weights[:-1].sum() == pytest.approx(50.0)
    assert weights[-1] == pytest.approx(50.0 / 200)
    assert outcome_weights(unfair[:3], 50.0, 0.2).tolist() == [0.25] * 3


def test_questions_nobody_has_an_answer_to_weigh_at_least_the_assumed_share() -> None:
    few = [outcome() for _ in range(95)] + [outcome(known=False) for _ in range(5)]
    weights = outcome_weights(few, 200.0, 0.2)
    assert weights[95:].sum() == pytest.approx(0.2 * weights.sum())
    assert weights.sum() == pytest.approx(100.0)
    many = [outcome() for _ in range(60)] + [outcome(known=False) for _ in range(40)]
    assert outcome_weights(many, 200.0, 0.2) == pytest.approx(np.ones(100))


def test_nothing_is_lifted_where_there_is_nothing_to_lift() -> None:
    weight = np.ones(3)
    lift(weight, np.ones(3, np.bool_), np.zeros(3, np.bool_), 0.2)
    assert weight.tolist() == [1.0, 1.0, 1.0]
