"""Fitting the learned urgency to labelled messages. Needs scikit-learn.

Calm examples are scarce beside the ways in which customers ask ordinary things, so the content's own phrasings and its small talk count
as calm ones too, but not those about urgent matters: an answer is left out where the rules, or a first fit to the labelled messages
alone, find too many of its phrasings urgent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from nlu import urgency
from nlu.alarm import EMERGENCY, FIRST_REASON, KIND_WEIGHTS, URGENT, WORDS, Alarm, AlarmArrays, features_of
from nlu.content import Content
from nlu.features import Analyzer, Floats
from nlu.learning.rows import matrix_of
from nlu.postings import Postings
from nlu.reading import Level
from nlu.spaces import CharSpace, Space, beside
from nlu.text import clean

_URGENT = (Level.EMERGENCY, Level.HIGH)
# Chosen by what an author's messages get when they are read by a fit to the others' (everyday, people, the development half).
_COST = 10.0
_CALM_WEIGHT = 0.25
_MOST_EACH = 16
_RULED = 0.12
_LEARNED = 0.34
_NEGLIGIBLE = 1e-3
_NEVER = -30.0
_TOLERANCE = 1e-4
_ROUGH = 1e-2  # enough to tell which answers are about urgent matters


@dataclass(frozen=True)
class _Sample:
    """A message with its label, how much it counts, its features, and whether the rules find it urgent."""

    level: Level
    reason: str
    weight: float
    features: tuple[Sequence[str], ...]
    ruled: bool


def fit_alarm(content: Content, analyzer: Analyzer) -> Alarm | None:
    """Fit to the content's labelled messages; None unless some are urgent and some are not, then the rules decide alone."""
    labelled = [
        _sample(example.text, Level(example.level), example.reason, 1.0, analyzer) for example in content.urgency
    ]
    urgent = [sample.level in _URGENT and sample.reason != "" for sample in labelled]
    if not any(urgent) or all(urgent):
        return None
    first = Alarm(_fit(labelled, [], _ROUGH))
    return Alarm(_fit(labelled, _calm(content, analyzer, first), _TOLERANCE))


def _sample(text: str, level: Level, reason: str, weight: float, analyzer: Analyzer) -> _Sample:
    cleaned = clean(text)
    examined = urgency.examine(cleaned)
    features = features_of(analyzer.terms(cleaned), examined.marks)
    return _Sample(level, reason, weight, features, examined.urgency.level in _URGENT)


def _calm(content: Content, analyzer: Analyzer, first: Alarm) -> list[_Sample]:
    """The phrasings of calm matters, without single ones that the rules find urgent."""
    calm: list[_Sample] = []
    for texts in _phrasings(content).values():
        samples = [_sample(text, Level.NORMAL, "", _CALM_WEIGHT, analyzer) for text in _spread(texts)]
        ruled = sum(sample.ruled for sample in samples)
        alarmed = sum(float(first.scores(first.joined(sample.features))[URGENT]) >= 0.0 for sample in samples)
        if ruled < _RULED * len(samples) and alarmed < _LEARNED * len(samples):
            calm += [sample for sample in samples if not sample.ruled]
    return calm


def _phrasings(content: Content) -> Mapping[str, Sequence[str]]:
    """How each answer and each intent of small talk is asked for."""
    asked: dict[str, Sequence[str]] = {entry.id: [p.text for p in entry.phrasings] for entry in content.answers}
    return asked | {f"intent {name}": texts for name, texts in content.intents.items()}


def _spread(texts: Sequence[str]) -> list[str]:
    """A bounded number of the texts, spread evenly: more of them teach little and cost as much."""
    different = list(dict.fromkeys(texts))
    return different[:: max(1, -(-len(different) // _MOST_EACH))]


def _fit(labelled: Sequence[_Sample], calm: Sequence[_Sample], tolerance: float) -> AlarmArrays:
    samples = [*labelled, *calm]
    words, chars, marks = zip(*(sample.features for sample in samples), strict=True)
    spaces = (Space.fit(words, min_df=2), CharSpace.fit(chars, min_df=2), Space.fit(marks))
    matrix = _matrix(samples, spaces)
    reasons = tuple(sorted({sample.reason for sample in samples if sample.reason}))
    count = np.array([sample.weight for sample in samples])
    fitted = [_regression(matrix, target, count, tolerance) for target in _targets(samples, reasons)]
    weights = np.array([coefficients for coefficients, _ in fitted]).T
    terms, columns = np.nonzero(np.abs(weights) > _NEGLIGIBLE)
    grave = {sample.reason for sample in samples if sample.level is Level.EMERGENCY}
    shape = (weights.shape[0], weights.shape[1])
    told = [spaces[WORDS].vector(sample.features[WORDS]) for sample in labelled]
    return AlarmArrays(
        spaces=spaces,
        scores=Postings.from_triples(terms, columns, weights[terms, columns], shape),
        bias=np.array([bias for _, bias in fitted]),
        reasons=reasons,
        graver=np.array([reason in grave for reason in reasons], np.bool_),
        told=Postings.of_vectors(told, len(spaces[WORDS])),
        urgent=np.array([sample.level in _URGENT for sample in labelled], np.bool_),
    )


def _matrix(samples: Sequence[_Sample], spaces: Sequence[Space]) -> sparse.csr_matrix:
    """The samples' features as the scores will weigh them, one row each."""
    offsets = np.cumsum([0, *(len(space) for space in spaces)])
    rows = [
        beside([space.vector(kind) for space, kind in zip(spaces, sample.features, strict=True)], offsets, KIND_WEIGHTS)
        for sample in samples
    ]
    return matrix_of(rows, int(offsets[-1]))


def _targets(samples: Sequence[_Sample], reasons: Sequence[str]) -> list[npt.NDArray[np.bool_]]:
    """What each score tells from the rest, in the order of the scores."""
    targets: list[npt.NDArray[np.bool_]] = [np.zeros(0, np.bool_)] * (FIRST_REASON + len(reasons))
    targets[URGENT] = np.array([sample.level in _URGENT for sample in samples])
    targets[EMERGENCY] = np.array([sample.level is Level.EMERGENCY for sample in samples])
    for i, reason in enumerate(reasons):
        targets[FIRST_REASON + i] = np.array([sample.reason == reason for sample in samples])
    return targets


def _regression(
    matrix: sparse.csr_matrix, target: npt.NDArray[np.bool_], count: Floats, tolerance: float
) -> tuple[Floats, float]:
    """Weights and bias of a logistic regression; a score that is never reached where there is nothing to learn."""
    from sklearn.linear_model import LogisticRegression

    if not target.any() or target.all():
        return np.zeros(matrix.shape[1]), _NEVER
    model = LogisticRegression(C=_COST, solver="liblinear", tol=tolerance, random_state=0)
    model.fit(matrix, target, sample_weight=count)
    return model.coef_[0], float(model.intercept_[0])
