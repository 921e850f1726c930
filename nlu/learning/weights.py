"""How much a trial counts: for the gate that learns from it, and for the test of the promise.

Neither phrasings nor labelled questions come in the shares in which customers send them. Whoever labels prefers questions that have an answer; so at least
an assumed share of messages without any is held up against them, and the promise holds up to that share.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from nlu.features import Floats
from nlu.learning.crossfit import Trial
from nlu.matching import ELSEWHERE

_MESSAGE = 5
_KEYWORDS = 0.25
_NEIGHBOURING = 0.1
_BELIEF = 200.0
"""Cross-fitted trials together count as much as so many outcomes."""
EXPERIENCE = 100.0
"""Trials of other contents together count as much as so many of the content's own."""


def trial_weights(tried: Sequence[Trial], unanswerable_share: float) -> Floats:
    """Weights of cross-fitted trials, under which those without a right answer make up the assumed share; 0 where there are no others.

    A few of those are about matters next to the content's own, most about anything else. Short phrasings are for finding, not what customers
    send: they count less.
    """
    weight = np.array([1.0 if len(trial.match.terms.tokens) >= _MESSAGE else _KEYWORDS for trial in tried])
    group = np.array([0 if trial.known else 1 if trial.label == ELSEWHERE else 2 for trial in tried])
    unanswerable = unanswerable_share / (1 - unanswerable_share) * float(weight[group == 0].sum())
    for g, share in ((1, 1 - _NEIGHBOURING), (2, _NEIGHBOURING)):
        total = weight[group == g].sum()
        if total:
            weight[group == g] *= share * unanswerable / total
    return weight


def outcome_weights(outcomes: Sequence[Trial], total: float, unanswerable_share: float) -> Floats:
    """Weights of outcomes beside trials of this and of other contents that weigh `total` together.

    Of those that prove something at least the assumed share has no right answer; those that prove nothing never weigh more than `total` together.
    """
    proves = np.array([outcome.proves for outcome in outcomes], np.bool_)
    known = np.array([outcome.known for outcome in outcomes], np.bool_)
    each = total / _BELIEF
    weight = np.where(proves, each, min(each, total / max(1, int(np.count_nonzero(~proves)))))
    lift(weight, proves & known, proves & ~known, unanswerable_share)
    return weight


def lift(weight: Floats, known: npt.NDArray[np.bool_], unknown: npt.NDArray[np.bool_], share: float) -> None:
    """Shift weight from the `known` rows to the `unknown` ones, until these have at least the share of what both weigh together."""
    total, own = float(weight[known | unknown].sum()), float(weight[unknown].sum())
    if 0.0 < own < share * total:
        weight[known] *= (1 - share) * total / (total - own)
        weight[unknown] *= share * total / own
