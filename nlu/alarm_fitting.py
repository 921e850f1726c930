"""Fitting the learned urgency to labelled messages. Needs scikit-learn.

Calm examples are scarce beside the ways in which customers ask ordinary things, so the content's own phrasings count as calm ones too,
but not those of urgent matters: an answer is left out where the rules find some of its phrasings urgent, and a phrasing where a first
fit without any of them does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from nlu import urgency
from nlu.alarm import EMERGENCY, URGENT, Alarm, AlarmArrays, beside, features_of
from nlu.content import Content, UrgencyExample
from nlu.features import Analyzer, Floats, Space, Vector
from nlu.postings import Postings
from nlu.reading import Level
from nlu.text import clean

_URGENT = (Level.EMERGENCY, Level.HIGH)
_COST = 10.0
_PHRASING = 0.3
_URGENT_MATTER = 0.12
_SUSPECT = 0.0
_NEGLIGIBLE = 1e-4
_MIN_DF = 2


@dataclass(frozen=True)
class _Sample:
    """A message with its label, how much it counts, and its features."""

    level: Level
    reason: str
    weight: float
    features: tuple[Sequence[str], ...]


def fit_alarm(content: Content, analyzer: Analyzer) -> Alarm | None:
    """Fit to the content's labelled messages; None where there are none of either kind, then the rules decide alone."""
    labelled = [_labelled(example, analyzer) for example in content.urgency]
    urgent = [sample.level in _URGENT for sample in labelled]
    if not any(urgent) or all(urgent):
        return None
    calm = _calm_phrasings(content, analyzer)
    if calm:
        first = _fit(labelled)
        calm = [sample for sample in calm if _urgent_score(first, sample) < _SUSPECT]
    return Alarm(_fit([*labelled, *calm]))


def _labelled(example: UrgencyExample, analyzer: Analyzer) -> _Sample:
    return _sample(clean(example.text), Level(example.level), example.reason, 1.0, analyzer)


def _sample(text: str, level: Level, reason: str, weight: float, analyzer: Analyzer) -> _Sample:
    return _Sample(level, reason, weight, features_of(analyzer.terms(text), urgency.examine(text).marks))


def _calm_phrasings(content: Content, analyzer: Analyzer) -> list[_Sample]:
    """The phrasings that the rules find calm, of the answers of which they find hardly any urgent."""
    samples: list[_Sample] = []
    for entry in content.answers:
        texts = list(dict.fromkeys(clean(phrasing.text) for phrasing in entry.phrasings))
        calm = [text for text in texts if urgency.detect(text).level not in _URGENT]
        if len(texts) - len(calm) < _URGENT_MATTER * len(texts):
            samples += [_sample(text, Level.NORMAL, "", _PHRASING, analyzer) for text in calm]
    return samples


def _fit(samples: Sequence[_Sample]) -> AlarmArrays:
    from sklearn.linear_model import LogisticRegression

    documents = list(zip(*(sample.features for sample in samples), strict=True))
    spaces = tuple(Space.fit(kind, min_df=_MIN_DF) for kind in documents)
    offsets = np.cumsum([0, *(len(space) for space in spaces)])
    rows = [_vector(sample, spaces, offsets) for sample in samples]
    starts = np.cumsum([0, *(len(row.ids) for row in rows)])
    entries = (np.concatenate([r.values for r in rows]), np.concatenate([r.ids for r in rows]), starts)
    matrix = sparse.csr_matrix(entries, (len(rows), int(offsets[-1])))
    reasons = tuple(sorted({sample.reason for sample in samples if sample.reason}))
    targets = _targets(samples, reasons)
    count = np.array([sample.weight for sample in samples])
    models = [
        LogisticRegression(C=_COST, solver="liblinear", random_state=0).fit(matrix, target, sample_weight=count)
        if target.any()
        else None
        for target in targets
    ]
    weights = np.array([model.coef_[0] if model else np.zeros(int(offsets[-1])) for model in models]).T
    bias = np.array([float(model.intercept_[0]) if model else _NEVER for model in models])
    terms, columns = np.nonzero(np.abs(weights) > _NEGLIGIBLE)
    return AlarmArrays(
        spaces=spaces,
        scores=Postings.from_triples(terms, columns, weights[terms, columns], weights.shape),
        bias=bias,
        reasons=reasons,
        graver=_ever(samples, reasons, Level.EMERGENCY),
        lighter=_ever(samples, reasons, Level.HIGH),
    )
