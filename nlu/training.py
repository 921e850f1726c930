"""Fitting everything to a content: matcher, fusion, gate, the curve that triage reads its threshold off, and urgency."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from nlu.alarm import Alarm
from nlu.alarm_fitting import fit_alarm
from nlu.content import Content
from nlu.crossfit import FOLDS, Trial, learn_fusion, trials, with_fusion
from nlu.features import Floats
from nlu.fitting import DEFAULT_FUSION, INTENT_PREFIX, analyzer_for, detector_for, examples_of, fit_matcher
from nlu.gate import Gate, evidence, fit_gate
from nlu.language import LanguageDetector
from nlu.matching import ELSEWHERE, Matcher
from nlu.triage import Curve, TriageSettings

_MESSAGE = 5
_KEYWORDS = 0.25
_NEIGHBOURING = 0.1


@dataclass(frozen=True)
class Fitted:
    """All that was learned from a content."""

    matcher: Matcher
    gate: Gate
    curve: Curve
    detector: LanguageDetector
    alarm: Alarm | None


def fit_all(content: Content, settings: TriageSettings, progress: Callable[[str], None] | None = None) -> Fitted:
    """Fit to a content; `progress` hears of each step. Raises ValueError for fewer than two classes."""
    say = progress or (lambda _: None)
    analyzer, detector = analyzer_for(content), detector_for(content)
    examples = examples_of(content, analyzer, detector)
    say("matcher")
    matcher = fit_matcher(examples, analyzer)
    tried = trials(examples, analyzer, progress)
    fusion = learn_fusion([trial for trial in tried if trial.known or trial.label == ELSEWHERE], DEFAULT_FUSION)
    tried = [with_fusion(trial, fusion) for trial in tried]
    say("urgency")
    alarm = fit_alarm(content, analyzer)
    say("gate")
    rows = np.array([evidence(trial.match) for trial in tried])
    right = np.array([trial.right for trial in tried], np.bool_)
    weight = _weights(tried, settings.unanswerable_share, settings.clearer_than_trials)
    return Fitted(
        matcher=Matcher(analyzer, replace(matcher.arrays, fusion=fusion)),
        gate=fit_gate(rows, right, weight),
        curve=_curve(tried, rows, right, weight),
        detector=detector,
        alarm=alarm,
    )


def refit_matcher(content: Content, before: Fitted) -> Fitted:
    """Fit the matcher alone; fusion, gate, curve and alarm were learned `before` from nearly the same content."""
    analyzer, detector = analyzer_for(content), detector_for(content)
    fusion = before.matcher.arrays.fusion
    matcher = fit_matcher(examples_of(content, analyzer, detector), analyzer, fusion)
    return replace(before, matcher=matcher, detector=detector)


def _weights(tried: Sequence[Trial], unanswerable_share: float, clearer: float) -> Floats:
    """Weights under which trials without a right answer make up the assumed share.

    A few of those are about matters next to the content's own, most about anything else.
    Short phrasings are for finding, not what customers send: they count less. And a whole message says more than one phrasing met by a
    matcher that lacks it: trials that came out right count as many times as customers' odds are better, see `TriageSettings`.
    """
    weight = np.array(
        [
            (1.0 if len(trial.match.terms.tokens) >= _MESSAGE else _KEYWORDS) * (clearer if trial.right else 1.0)
            for trial in tried
        ]
    )
    group = np.array([0 if trial.known else 1 if trial.label == ELSEWHERE else 2 for trial in tried])
    share = np.array(
        [1 - unanswerable_share, unanswerable_share * (1 - _NEIGHBOURING), unanswerable_share * _NEIGHBOURING]
    )
    for g in range(3):
        total = weight[group == g].sum()
        if total:
            weight[group == g] *= share[g] * len(tried) / total
    return weight


def _curve(tried: Sequence[Trial], rows: Floats, right: np.typing.NDArray[np.bool_], weight: Floats) -> Curve:
    """Each trial's probability by a gate that was fitted without its answer; small talk is left out, it is not promised."""
    labels = sorted({trial.label for trial in tried})
    fold = np.array([labels.index(trial.label) % FOLDS for trial in tried])
    probability = np.zeros(len(tried))
    for k in range(FOLDS):
        held = fold == k
        if held.any() and not held.all():
            gate = fit_gate(rows[~held], right[~held], weight[~held])
            probability[held] = [gate.of_evidence(row.tolist()) for row in rows[held]]
    answers = np.array([not t.labels[t.match.ranked[0].index].startswith(INTENT_PREFIX) for t in tried], np.bool_)
    return Curve(np.round(probability[answers], 6), weight[answers])
