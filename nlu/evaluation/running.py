"""Fitting to a content and reading every test row, one alone, as a customer would meet it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from nlu.content import Content
from nlu.courtesy import without_courtesies
from nlu.encoder import Encoder
from nlu.evaluation.labelled import Row
from nlu.evaluation.measures import aurc, auroc, calibration_error, reciprocal_rank, share
from nlu.learning.training import fit
from nlu.reading import DecisionKind, Reading
from nlu.snapshot import Snapshot
from nlu.text import clean
from nlu.triage import TriageSettings
from nlu.understanding import Understanding

_MEGABYTE = 1e6
_DIGITS = 6


@dataclass(frozen=True)
class Fitted:
    """A snapshot and the seconds it took to fit."""

    snapshot: Snapshot
    seconds: float


@dataclass(frozen=True)
class Measured:
    """A test row with its reading. `rank` of the first right answer counts from 1, None where it is not on the short list."""

    row: Row
    reading: Reading
    rank: int | None
    milliseconds: float

    @property
    def confidence(self) -> float:
        """P(the best candidate is right)."""
        return self.reading.candidates[0].confidence if self.reading.candidates else 0.0

    @property
    def kind(self) -> DecisionKind:
        """What the customer meets."""
        return self.reading.decision.kind

    @property
    def offers_right(self) -> bool:
        """Whether what is answered, or one of the buttons, is right."""
        return not set(self.row.labels).isdisjoint(self.reading.decision.answer_ids)


@dataclass(frozen=True)
class Figures:
    """What was measured, see docs/understanding.md; None where the test rows say nothing about it."""

    accuracy: float | None
    mrr: float | None
    recall_at_5: float | None
    auroc: float | None
    aurc: float | None
    correct_at_target: float | None
    precision_at_target: float | None
    false_handoff: float | None
    missed_handoff: float | None
    clarified: float | None
    clarified_hit: float | None
    calibration_error: float | None
    ms_p50: float
    ms_p99: float
    fit_seconds: float
    index_mb: float
    n_test: int

    def as_dict(self) -> dict[str, float | int | None]:
        """The figures as JSON-ready data."""
        return {name: round(value, _DIGITS) if value is not None else None for name, value in asdict(self).items()}


def fit_timed(
    content: Content,
    settings: TriageSettings,
    progress: Callable[[str], None] | None = None,
    encoder: Encoder | None = None,
) -> Fitted:
    """Fit to a content; `progress` hears of each step."""
    began = time.perf_counter()
    snapshot = fit(content, settings=settings, progress=progress, encoder=encoder)
    return Fitted(snapshot, time.perf_counter() - began)


def read_all(snapshot: Snapshot, rows: Sequence[Row]) -> Iterator[Measured]:
    """Each row read alone in one thread, without a conversation before it and without urgency."""
    from threadpoolctl import threadpool_limits

    understanding = Understanding(snapshot, alarms=False)
    with threadpool_limits(1):
        for row in rows:
            began = time.perf_counter()
            reading = understanding.read(row.text)
            milliseconds = (time.perf_counter() - began) * 1000.0
            yield Measured(row, reading, _rank(row, reading, snapshot), milliseconds)


def _rank(row: Row, reading: Reading, snapshot: Snapshot) -> int | None:
    """The rank of the first right answer, beyond the reading's candidates as far as the matcher's short list goes."""
    offered = [candidate.answer_id for candidate in reading.candidates]
    if row.labels and set(row.labels).isdisjoint(offered):
        match = snapshot.matcher.match(without_courtesies(clean(row.text)), reading.language)
        offered = [snapshot.matcher.arrays.labels[scored.index] for scored in match.ranked]
    return next((rank for rank, offer in enumerate(offered, 1) if offer in row.labels), None)


def figures(measured: Sequence[Measured], fitted: Fitted) -> Figures:
    """All figures of at least one measured row."""
    inside = [one for one in measured if one.row.labels]
    outside = [one for one in measured if not one.row.labels]
    answered = [one for one in measured if one.kind is DecisionKind.ANSWER]
    asked_back = [one for one in inside if one.kind is DecisionKind.CLARIFY]
    confidence = [one.confidence for one in measured]
    right = [one.rank == 1 for one in measured]
    milliseconds = [one.milliseconds for one in measured]
    n = len(inside)
    return Figures(
        accuracy=share([one.rank == 1 for one in inside]),
        mrr=reciprocal_rank([one.rank for one in inside]),
        recall_at_5=share([one.rank is not None and one.rank <= 5 for one in inside]),
        auroc=auroc([one.confidence for one in inside], [one.confidence for one in outside]),
        aurc=aurc(confidence, right),
        correct_at_target=share([one.offers_right for one in answered], of=n),
        precision_at_target=share([one.offers_right for one in answered]),
        false_handoff=share([one.kind is DecisionKind.HANDOFF and one.rank == 1 for one in inside]),
        missed_handoff=share([one.kind is DecisionKind.ANSWER for one in outside]),
        clarified=share([one.kind is DecisionKind.CLARIFY for one in inside]),
        clarified_hit=share([one.offers_right for one in asked_back], of=n),
        calibration_error=calibration_error(confidence, right),
        ms_p50=float(np.percentile(milliseconds, 50)),
        ms_p99=float(np.percentile(milliseconds, 99)),
        fit_seconds=fitted.seconds,
        index_mb=fitted.snapshot.nbytes / _MEGABYTE,
        n_test=len(measured),
    )


def confusions(measured: Sequence[Measured]) -> Counter[tuple[str, str]]:
    """How often the best candidate of a question with one label was another: (right, taken for)."""
    return Counter(
        ("|".join(one.row.labels), one.reading.candidates[0].answer_id)
        for one in measured
        if one.row.labels and one.rank != 1 and one.reading.candidates
    )
