"""Measures of ranked, trusted and withheld answers. Confidences are P(the best candidate is right); all results are shares from 0 to 1.

Where confidences are equal their rows count as mixed, so no measure depends on the order of the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nlu.features import Floats

BINS = 10


@dataclass(frozen=True)
class Bin:
    """Rows of neighbouring confidence: the mean confidence, the share that is right, and how many there are."""

    confidence: float
    right: float
    count: int


def share(hits: Sequence[bool], of: int | None = None) -> float | None:
    """The share of hits, of all or of `of`; None where there is nothing to have a share of."""
    total = len(hits) if of is None else of
    return sum(hits) / total if total else None


def reciprocal_rank(ranks: Sequence[int | None]) -> float | None:
    """The mean of 1/rank, ranks counted from 1, a missing rank as 0 (Voorhees 1999); None for no ranks."""
    return sum(1.0 / rank for rank in ranks if rank) / len(ranks) if ranks else None


def auroc(inside: Sequence[float], outside: Sequence[float]) -> float | None:
    """P(a confidence inside is above one outside), equal ones half (Hanley and McNeil 1982); None where either side is empty."""
    if not len(inside) or not len(outside):
        return None
    ordered = np.sort(np.asarray(outside, np.float64))
    below = np.searchsorted(ordered, inside, side="left")
    not_above = np.searchsorted(ordered, inside, side="right")
    return float((below + not_above).sum() / 2.0 / (len(inside) * len(outside)))


def risk_coverage(confidence: Sequence[float], right: Sequence[bool]) -> tuple[Floats, Floats]:
    """Coverage 1/n … 1 and the share of errors among the most confident rows up to there (El-Yaniv and Wiener 2010)."""
    _, mixed = _by_confidence(confidence, right)
    count = np.arange(1, len(mixed) + 1)
    return count / max(1, len(mixed)), np.cumsum(1.0 - mixed) / count


def aurc(confidence: Sequence[float], right: Sequence[bool]) -> float | None:
    """The area under the risk-coverage curve: its mean risk (Geifman and El-Yaniv 2017); None for no rows."""
    _, risk = risk_coverage(confidence, right)
    return float(risk.mean()) if len(risk) else None


def bins(confidence: Sequence[float], right: Sequence[bool]) -> list[Bin]:
    """Ten bins of equal mass by confidence, highest first; fewer for fewer rows."""
    ordered, mixed = _by_confidence(confidence, right)
    parts = zip(np.array_split(ordered, BINS), np.array_split(mixed, BINS), strict=True)
    return [Bin(float(own.mean()), float(hit.mean()), len(own)) for own, hit in parts if len(own)]


def calibration_error(confidence: Sequence[float], right: Sequence[bool]) -> float | None:
    """The expected calibration error (Naeini et al. 2015), bins of equal mass; None for no rows."""
    found = bins(confidence, right)
    total = sum(one.count for one in found)
    return sum(one.count * abs(one.confidence - one.right) for one in found) / total if total else None


def _by_confidence(confidence: Sequence[float], right: Sequence[bool]) -> tuple[Floats, Floats]:
    """Confidences, highest first, and the share of right rows among those of the same confidence."""
    values, group = np.unique(np.asarray(confidence, np.float64), return_inverse=True)
    mixed = np.bincount(group, np.asarray(right, np.float64), len(values)) / np.maximum(1, np.bincount(group))
    order = np.sort(group)[::-1]
    return values[order], mixed[order]
