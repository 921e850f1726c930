"""Fitting everything to a content: matcher, fusion, gate, the trials that the promise is tested on, and urgency."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from nlu.alarm import Alarm
from nlu.alarm_fitting import fit_alarm
from nlu.content import Content
from nlu.crossfit import FOLDS, Trial, fold_trials, learn_fusion, outcome_trials, with_fusion
from nlu.encoder import Encoder
from nlu.experience import experience
from nlu.features import Analyzer, Floats
from nlu.fitting import DEFAULT_FUSION, INTENT_PREFIX, Example, analyzer_for, detector_for, examples_of, fit_matcher
from nlu.gate import Gate, evidence, fit_gate, spread
from nlu.language import LanguageDetector
from nlu.matching import ELSEWHERE, Matcher, MatcherArrays
from nlu.promise import Trials
from nlu.triage import TriageSettings, worth_asking
from nlu.weights import EXPERIENCE, lift, outcome_weights, trial_weights
from nlu.workers import workers

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
    processes: int = 1,
) -> Fitted:
    """Fit to a content; `progress` hears of each step that is done. Raises ValueError for fewer than two classes.

    In one process or in several the same comes out.
    """
    analyzer, detector = analyzer_for(content), detector_for(content)
    examples = examples_of(content, analyzer, detector, encoder)
    with workers(processes) as pool:

        def begun(step: str, work: Callable[..., Any], *given: Any) -> Future[Any]:
            future = pool.submit(work, *given)
            future.add_done_callback(lambda _: progress(step) if progress else None)
            return future

        # The longest first, so that none is waited for at the end.
        alarm = begun("urgency", fit_alarm, content, analyzer)
        whole = begun("matcher", _fit_arrays, examples, analyzer)
        folds = [begun(f"cross-fit {i + 1}/{FOLDS}", fold_trials, examples, analyzer, i) for i in range(FOLDS)]
        tried = [trial for fold in folds for trial in fold.result()]
        fusion = learn_fusion([trial for trial in tried if trial.known or trial.label == ELSEWHERE], DEFAULT_FUSION)
        matcher = Matcher(analyzer, replace(whole.result(), fusion=fusion), encoder=encoder)
        gate, tested = _trusted(
            [with_fusion(trial, fusion) for trial in tried], outcome_trials(content.outcomes, matcher), settings
        )
        return Fitted(matcher, gate, tested, detector, alarm.result())


def _fit_arrays(examples: Sequence[Example], analyzer: Analyzer) -> MatcherArrays:
    return fit_matcher(examples, analyzer).arrays


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
    weight = trial_weights(tried, settings.unanswerable_share)
    others = float(weight.sum()) + EXPERIENCE
    weight = np.concatenate([weight, outcome_weights(outcomes, others, settings.unanswerable_share)])
    tested = _tested(tried, outcomes)
    counts = weight.copy()
    known = np.array([trial.known for trial in every], np.bool_)
    lift(counts, tested & known, tested & ~known, settings.unanswerable_share)
    probability = _unseen(_folds(tried, outcomes), rows, right, weight, tested)
    chosen = np.flatnonzero(tested).tolist()
    languages = tuple(every[i].language for i in chosen)
    hope = np.array([_hope(every[i], probability[i], settings) for i in chosen])
    trials = Trials.of(probability[tested], hope, right[tested], counts[tested], languages)
    return _gate(rows, right, weight), trials


def _gate(rows: Floats, right: npt.NDArray[np.bool_], weight: Floats) -> Gate:
    """Fitted to the content's own trials, and to what is known of others beside them."""
    known = experience()
    beside = np.full(len(known.right), EXPERIENCE / len(known.right))
    return fit_gate(
        np.vstack([rows, known.rows]), np.concatenate([right, known.right]), np.concatenate([weight, beside])
    )


def _tested(tried: Sequence[Trial], outcomes: Sequence[Trial]) -> npt.NDArray[np.bool_]:
    """On which of both the promise is tested: on the outcomes alone where there are enough, with cross-fitted trials of what nobody has an answer to where they know none."""
    proven = [outcome for outcome in outcomes if outcome.proves]
    enough = len(proven) >= ENOUGH_OUTCOMES
    complete = not all(outcome.known for outcome in proven)
    needed = [not enough or (not complete and not trial.known) for trial in tried] + [t.proves for t in outcomes]
    talk = [t.labels[t.match.ranked[0].index].startswith(INTENT_PREFIX) for t in (*tried, *outcomes)]
    return np.array(needed, np.bool_) & ~np.array(talk, np.bool_)


def _hope(trial: Trial, probability: float, settings: TriageSettings) -> float:
    """P that one of the answers that would be asked about is right."""
    candidates = zip(trial.match.ranked, spread(trial.match, probability), strict=False)
    answers = [confidence for s, confidence in candidates if not trial.labels[s.index].startswith(INTENT_PREFIX)]
    return math.fsum(worth_asking(answers, settings))


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
            gate = _gate(rows[~held], right[~held], weight[~held])
            probability[held] = [gate.of_evidence(row.tolist()) for row in rows[held]]
    return probability
