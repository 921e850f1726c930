"""How far matches can be trusted: the gate, and the trials that the promise is tested on."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from nlu.features import Floats
from nlu.gate import Gate, evidence, spread
from nlu.learning.crossfit import FOLDS, Trial
from nlu.learning.gate import fit_gate
from nlu.learning.weights import EXPERIENCE, lift, outcome_weights, trial_weights
from nlu.matching import INTENT_PREFIX
from nlu.promise import Trials
from nlu.triage import TriageSettings, worth_asking

ENOUGH_OUTCOMES = 150
"""From so many outcomes on the promise is tested on them alone: they are what customers really ask."""


def trusted(tried: Sequence[Trial], outcomes: Sequence[Trial], settings: TriageSettings) -> tuple[Gate, Trials]:
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
    return fit_gate(rows, right, weight), trials


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
            gate = fit_gate(rows[~held], right[~held], weight[~held])
            probability[held] = [gate.of_evidence(row.tolist()) for row in rows[held]]
    return probability
