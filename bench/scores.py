"""Guesses of any system at labelled questions, and the figures that are comparable between systems."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nlu.evaluation.labelled import Row
from nlu.evaluation.measures import auroc, share

OUTSIDE = ""
"""Stands where a label would for what nobody has an answer to."""
FIRST = 5
"""So many of a system's best answers are kept of a guess."""
_DUST = 1e-9  # 0.95 of 20 are 19


@dataclass(frozen=True)
class Guess:
    """What a system takes a question for, best first, how far it trusts the best (any scale, more is surer), and how long it took."""

    labels: tuple[str, ...]
    confidence: float
    milliseconds: float

    @classmethod
    def of_ranking(cls, ranking: Sequence[tuple[str, float]], milliseconds: float) -> Guess:
        """The `FIRST` best answers of a ranking with confidences from 0 on, best first.

        Where questions out of scope were learned as a class of their own and that class wins, trust in the best answer is below zero, the
        lower the clearer the class won.
        """
        labels = tuple(label for label, _ in ranking if label != OUTSIDE)[:FIRST]
        won, top = ranking[0] if ranking else (OUTSIDE, 0.0)
        return cls(labels, -top if won == OUTSIDE else top, milliseconds)


@dataclass(frozen=True)
class Decided:
    """What a system that decides by itself came to: the questions in scope it answers rightly, and the share of its answers that is right."""

    correct: float | None
    precision: float | None


@dataclass(frozen=True)
class Run:
    """A system's guesses at all test rows, in their order, and the seconds of a processor that its fit took: others' work beside it does not count."""

    guesses: Sequence[Guess]
    fit_seconds: float
    decided: Decided = Decided(None, None)


@dataclass(frozen=True)
class Score:
    """The figures of a run, shares from 0 to 1; None where the test rows or the system say nothing about it."""

    accuracy: float | None
    recall_at_5: float | None
    auroc: float | None
    correct_at_promise: float | None
    decided_correct: float | None
    decided_precision: float | None
    ms_p50: float
    fit_seconds: float


def score(rows: Sequence[Row], run: Run, promise: float) -> Score:
    """The figures of a run over at least one row; `promise` is the precision at which correct answers count."""
    pairs = list(zip(run.guesses, rows, strict=True))
    right = [not set(guess.labels[:1]).isdisjoint(row.labels) for guess, row in pairs]
    among_first = [not set(guess.labels).isdisjoint(row.labels) for guess, row in pairs]
    confidence = [guess.confidence for guess in run.guesses]
    inside = [bool(row.labels) for row in rows]
    return Score(
        accuracy=share([hit for hit, within in zip(right, inside, strict=True) if within]),
        recall_at_5=share([hit for hit, within in zip(among_first, inside, strict=True) if within]),
        auroc=auroc(
            [value for value, within in zip(confidence, inside, strict=True) if within],
            [value for value, within in zip(confidence, inside, strict=True) if not within],
        ),
        correct_at_promise=correct_at(promise, confidence, right, sum(inside)),
        decided_correct=run.decided.correct,
        decided_precision=run.decided.precision,
        ms_p50=float(np.percentile([guess.milliseconds for guess in run.guesses], 50)),
        fit_seconds=run.fit_seconds,
    )


def correct_at(promise: float, confidence: Sequence[float], right: Sequence[bool], inside: int) -> float | None:
    """The most questions in scope that come out right above one threshold above which `promise` of the answers are right; a share of `inside`.

    The threshold is chosen with hindsight, on these very rows. Rows of the same confidence are answered all or not at all.
    """
    if not inside:
        return None
    order = np.argsort(-np.asarray(confidence, np.float64), kind="stable")
    ordered, hits = np.asarray(confidence, np.float64)[order], np.cumsum(np.asarray(right, np.int64)[order])
    ends = np.append(ordered[1:] != ordered[:-1], True)
    kept = ends & (hits >= promise * np.arange(1, len(hits) + 1) - _DUST)
    return float(hits[kept].max() / inside) if kept.any() else 0.0
