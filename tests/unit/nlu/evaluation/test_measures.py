"""Measures against values worked out by hand, and what holds for all of them."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.evaluation.measures import aurc, auroc, bins, calibration_error, reciprocal_rank, risk_coverage, share

SHARES = st.floats(0.0, 1.0)
SOME = st.lists(SHARES, min_size=1, max_size=40)
TRIED = st.lists(st.tuples(SHARES, st.booleans()), min_size=1, max_size=60)


def test_shares() -> None:
    assert share([True, False, False, True]) == 0.5
    assert share([True], of=4) == 0.25
    assert share([]) is None
    assert share([True], of=0) is None


def test_reciprocal_rank() -> None:
    assert reciprocal_rank([1, 2, None, 4]) == pytest.approx((1 + 0.5 + 0 + 0.25) / 4)
    assert reciprocal_rank([]) is None


def test_auroc() -> None:
    # Of the six pairs four are in order, one is equal, one is not.
    assert auroc([0.9, 0.5], [0.1, 0.5, 0.7]) == pytest.approx(4.5 / 6)
    assert auroc([0.9], [0.1]) == 1.0
    assert auroc([], [0.1]) is None
    assert auroc([0.1], []) is None


def test_risk_coverage() -> None:
    coverage, risk = risk_coverage([0.2, 0.9, 0.5, 0.7], [True, True, True, False])
    assert coverage.tolist() == [0.25, 0.5, 0.75, 1.0]
    assert risk.tolist() == pytest.approx([0, 1 / 2, 1 / 3, 1 / 4])


def test_aurc() -> None:
    assert aurc([0.2, 0.9, 0.5, 0.7], [True, True, True, False]) == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 4) / 4)
    assert aurc([0.9, 0.1], [True, False]) == pytest.approx((0 + 1 / 2) / 2)
    assert aurc([], []) is None


def test_equal_confidences_count_as_mixed() -> None:
    assert aurc([0.5, 0.5], [True, False]) == pytest.approx(0.5)


def test_bins_hold_equal_mass_highest_first() -> None:
    found = bins([i / 20 for i in range(20)], [i >= 10 for i in range(20)])
    assert [one.count for one in found] == [2] * 10
    assert [one.right for one in found] == [1.0] * 5 + [0.0] * 5
    assert found[0].confidence == pytest.approx((19 / 20 + 18 / 20) / 2)


def test_calibration_error() -> None:
    # Two questions are two bins: |0.9 - 1| and |0.4 - 0|.
    assert calibration_error([0.9, 0.4], [True, False]) == pytest.approx((0.1 + 0.4) / 2)
    assert calibration_error([0.75] * 40, [True, True, True, False] * 10) == pytest.approx(0.0)
    assert calibration_error([1.0] * 30, [False] * 30) == 1.0
    assert calibration_error([], []) is None


@given(SOME, SOME)
def test_auroc_of_the_sides_exchanged_is_the_rest(inside: list[float], outside: list[float]) -> None:
    one, other = auroc(inside, outside), auroc(outside, inside)
    assert one is not None
    assert other is not None
    assert one + other == pytest.approx(1.0)


@given(SOME, SOME)
def test_auroc_counts_pairs(inside: list[float], outside: list[float]) -> None:
    pairs = [1.0 if i > o else 0.5 if i == o else 0.0 for i in inside for o in outside]
    assert auroc(inside, outside) == pytest.approx(sum(pairs) / len(pairs))


@given(TRIED, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_is_no_matter(tried: list[tuple[float, bool]], shuffling: random.Random) -> None:
    mixed = shuffling.sample(tried, len(tried))
    for measure in (aurc, calibration_error):
        one, other = (measure([c for c, _ in rows], [r for _, r in rows]) for rows in (tried, mixed))
        assert one == pytest.approx(other)


@given(TRIED)
def test_risk_ends_at_the_share_of_errors(tried: list[tuple[float, bool]]) -> None:
    coverage, risk = risk_coverage([c for c, _ in tried], [r for _, r in tried])
    assert coverage[-1] == 1.0
    assert risk[-1] == pytest.approx(sum(not r for _, r in tried) / len(tried))


@given(TRIED)
def test_errors_last_is_the_best_order(tried: list[tuple[float, bool]]) -> None:
    right = [r for _, r in tried]
    measured = aurc([c for c, _ in tried], right)
    assert measured is not None
    best, worst = aurc([float(r) for r in right], right), aurc([1.0 - r for r in right], right)
    assert best is not None
    assert worst is not None
    assert best - 1e-9 <= measured <= worst + 1e-9


@given(TRIED)
def test_calibration_error_bounds_the_mean_gap(tried: list[tuple[float, bool]]) -> None:
    found = calibration_error([c for c, _ in tried], [r for _, r in tried])
    gap = math.fsum(c - r for c, r in tried) / len(tried)
    assert found is not None
    assert abs(gap) - 1e-9 <= found <= 1.0
