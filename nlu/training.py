"""Fitting everything to a content: matcher, fusion, gate, the trials that the promise is tested on, and urgency."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from nlu.alarm import Alarm
from nlu.alarm_fitting import fit_alarm
from nlu.content import Content
from nlu.crossfit import FOLDS, Trial, learn_fusion, outcome_trials, trials, with_fusion
from nlu.encoder import Encoder
from nlu.features import Floats
from nlu.fitting import DEFAULT_FUSION, INTENT_PREFIX, analyzer_for, detector_for, examples_of, fit_matcher
from nlu.gate import Gate, evidence, fit_gate
from nlu.language import LanguageDetector
from nlu.matching import ELSEWHERE, Matcher
from nlu.promise import Trials
from nlu.triage import TriageSettings

_MESSAGE = 5
_KEYWORDS = 0.25
_NEIGHBOURING = 0.1
_BELIEF = 200.0
"""Cross-fitted trials together count as much as so many outcomes."""
ENOUGH_OUTCOMES = 150
"""From so many outcomes on the promise is tested on them alone: they are what customers really ask."""


@dataclass(frozen=True)
class Fitted:
    """All that was learned from a content."""

    matcher: Matcher
    gate: Gate
    trials: Trials
    detector: LanguageDetector
    alarm: Alarm | None


def fit_all(
    content: Content,
    settings: TriageSettings,
    progress: Callable[[str], None] | None = None,
    encoder: Encoder | None = None,
) -> Fitted:
    """Fit to a content; `progress` hears of each step. Raises ValueError for fewer than two classes."""
    say = progress or (lambda _: None)
    analyzer, detector = analyzer_for(content), detector_for(content)
    examples = examples_of(content, analyzer, detector, encoder)
    say("matcher")
    matcher = fit_matcher(examples, analyzer, encoder=encoder)
    tried = trials(examples, analyzer, progress)
    fusion = learn_fusion([trial for trial in tried if trial.known or trial.label == ELSEWHERE], DEFAULT_FUSION)
    matcher = Matcher(analyzer, replace(matcher.arrays, fusion=fusion), encoder=encoder)
    say("urgency")
    alarm = fit_alarm(content, analyzer)
    say("gate")
    gate, tested = _trusted(
        [with_fusion(trial, fusion) for trial in tried], outcome_trials(content.outcomes, matcher), settings
    )
    return Fitted(matcher, gate, tested, detector, alarm)


def refit_matcher(content: Content, before: Fitted) -> Fitted:
    """Fit the matcher alone; fusion, gate, trials and alarm were learned `before` from nearly the same content."""
    analyzer, detector = analyzer_for(content), detector_for(content)
    fusion, encoder = before.matcher.arrays.fusion, before.matcher.encoder
    matcher = fit_matcher(examples_of(content, analyzer, detector, encoder), analyzer, fusion, encoder)
    return replace(before, matcher=matcher, detector=detector)


def _trusted(tried: Sequence[Trial], outcomes: Sequence[Trial], settings: TriageSettings) -> tuple[Gate, Trials]:
    """The gate, and the trials with the probability that a gate gave which had not seen them; small talk is not promised."""
    every = [*tried, *outcomes]
    rows = np.array([evidence(trial.match) for trial in every])
    right = np.array([trial.right for trial in every], np.bool_)
    weight = _weights(tried, settings.unanswerable_share)
    weight = np.concatenate([weight, np.full(len(outcomes), weight.sum() / _BELIEF)])
    tested = np.array([not t.labels[t.match.ranked[0].index].startswith(INTENT_PREFIX) for t in every], np.bool_)
    if len(outcomes) >= ENOUGH_OUTCOMES:
        tested[: len(tried)] = False
    probability = _unseen(_folds(tried, outcomes), rows, right, weight, tested)
    languages = tuple(trial.language for trial, counts in zip(every, tested.tolist(), strict=True) if counts)
    return fit_gate(rows, right, weight), Trials.of(probability[tested], right[tested], weight[tested], languages)


def _folds(tried: Sequence[Trial], outcomes: Sequence[Trial]) -> npt.NDArray[np.int64]:
    """Cross-fitted trials of one answer stay together; an outcome stands for itself."""
    labels = {label: i for i, label in enumerate(sorted({trial.label for trial in tried}))}
    return np.array(
        [labels[trial.label] % FOLDS for trial in tried] + [i % FOLDS for i in range(len(outcomes))], np.int64
    )


def _unseen(
    fold: npt.NDArray[np.int64],
    rows: Floats,
    right: npt.NDArray[np.bool_],
    weight: Floats,
    wanted: npt.NDArray[np.bool_],
) -> Floats:
    """For each wanted row the probability by a gate fitted to the other folds."""
    probability = np.zeros(len(rows))
    for k in range(FOLDS):
        held = fold == k
        if (held & wanted).any() and not held.all():
            gate = fit_gate(rows[~held], right[~held], weight[~held])
            probability[held] = [gate.of_evidence(row.tolist()) for row in rows[held]]
    return probability


def _weights(tried: Sequence[Trial], unanswerable_share: float) -> Floats:
    """Weights under which trials without a right answer make up the assumed share.

    A few of those are about matters next to the content's own, most about anything else. Short phrasings are for finding, not what customers
    send: they count less.
    """
    weight = np.array([1.0 if len(trial.match.terms.tokens) >= _MESSAGE else _KEYWORDS for trial in tried])
    group = np.array([0 if trial.known else 1 if trial.label == ELSEWHERE else 2 for trial in tried])
    share = np.array(
        [1 - unanswerable_share, unanswerable_share * (1 - _NEIGHBOURING), unanswerable_share * _NEIGHBOURING]
    )
    for g in range(3):
        total = weight[group == g].sum()
        if total:
            weight[group == g] *= share[g] * len(tried) / total
    return weight
