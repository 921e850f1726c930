"""The promise: from which probability on answers are given, so that the promised share of them is right.

A threshold is admissible when a one-sided exact binomial test (Clopper and Pearson 1934) rejects that fewer of the answers above it are
right than promised. Thresholds are tried from sure to unsure, and trying stops at the first that fails: fixed sequence testing (Bauer
1991), for thresholds of a classifier Angelopoulos et al. 2021, "Learn then Test". Several starts share the error rate (Bonferroni), so that one
early error does not end it all.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv

from nlu.features import Floats

ERROR_RATE = 0.1
"""The chance, over trials drawn anew, that a threshold is taken which breaks the promise."""
NEVER = 1.01
"""A threshold that no probability reaches."""
_STARTS = (0.5, 0.2)
"""Where trying starts: where this share of what the promise allows to be wrong is expected to be left over, by the probabilities' own word."""
_STEPS = 100
_ENOUGH = 1000.0
_DIGITS = 6


@dataclass(frozen=True)
class Quality:
    """How well trials went: the shares whose best candidate is right, and that would be answered at once."""

    right: float
    answered: float


@dataclass(frozen=True)
class Trials:
    """Questions whose right answer is known: the probability that the best candidate is right, whether it was, and how much that counts.

    `hope` is the probability that one of the candidates worth asking about is right. `languages` has one of `de`, `en` or `other` each. All are
    sorted by probability, the highest first.
    """

    probability: Floats
    hope: Floats
    right: npt.NDArray[np.bool_]
    weight: Floats
    languages: tuple[str, ...]

    @classmethod
    def of(
        cls,
        probability: Floats,
        hope: Floats,
        right: npt.NDArray[np.bool_],
        weight: Floats,
        languages: tuple[str, ...],
    ) -> Trials:
        """Sort, and round so that what is stored says the same as what was measured."""
        order = np.argsort(-probability, kind="stable")
        spoken = tuple(languages[i] for i in order.tolist())
        rounded = np.round(probability[order], _DIGITS), np.round(hope[order], _DIGITS)
        return cls(*rounded, right[order], weight[order], spoken)

    def sure_from(self, promise: float, language: str | None = None) -> float:
        """The lowest admissible threshold for a language; where too few trials speak it, for all languages together. NEVER where none is."""
        own = np.array([spoken == language for spoken in self.languages], np.bool_)
        if effective(self.weight[own]) >= _ENOUGH:
            return admissible_from(self.probability[own], self.right[own], self.weight[own], promise)
        return admissible_from(self.probability, self.right, self.weight, promise)

    def quality(self, promise: float) -> Quality:
        """What these trials say of the snapshot they belong to."""
        total = float(self.weight.sum()) or 1.0
        sure = self._sure(promise)
        return Quality(float(self.weight[self.right].sum()) / total, float(self.weight[sure].sum()) / total)

    def staffed_from(self, promise: float, most_handoffs: float) -> float:
        """The hope below which at most the share `most_handoffs` of the trials lies, those left out that are answered; 1 is no limit."""
        if most_handoffs >= 1.0:
            return math.inf
        unsure = ~self._sure(promise)
        hope, place = np.unique(self.hope[unsure], return_inverse=True)
        upto = np.cumsum(np.bincount(place, self.weight[unsure], len(hope)))
        handed_over = hope[upto <= most_handoffs * float(self.weight.sum())]
        return math.nextafter(handed_over[-1], 1.0) if len(handed_over) else 0.0

    def _sure(self, promise: float) -> npt.NDArray[np.bool_]:
        """Which trials are answered."""
        thresholds = {language: self.sure_from(promise, language) for language in set(self.languages)}
        return self.probability >= np.array([thresholds[language] for language in self.languages])

    def missing(self, promise: float) -> int:
        """About how many more trials would be needed to take a threshold; 0 where one is taken already."""
        if self.sure_from(promise) < NEVER:
            return 0
        return max(1, least_trials(promise) - int(effective(self.weight)))


def admissible_from(
    probability: Floats, right: npt.NDArray[np.bool_], weight: Floats, promise: float, error_rate: float = ERROR_RATE
) -> float:
    """The lowest threshold that fixed sequence testing admits, NEVER if none; all arrays by probability, the highest first."""
    total = float(weight.sum())
    if total <= 0.0:
        return NEVER
    mass = np.cumsum(weight)
    ends = np.unique(np.searchsorted(mass, np.linspace(0.0, total, _STEPS + 1)[1:] - 1e-9 * total))
    # Rows of one probability are answered together or not at all.
    ends = np.unique(np.searchsorted(-probability, -probability[ends], side="right") - 1)
    trusted = lower_bound(weight, right, ends, error_rate / len(_STARTS)) >= promise
    expected = (np.cumsum(weight * probability) / mass)[ends]
    lowest = NEVER
    for spare in _STARTS:
        start = max(0, int(np.count_nonzero(expected >= promise + spare * (1.0 - promise))) - 1)
        run = trusted[start:]
        reached = len(run) if run.all() else int(np.argmin(run))
        if reached:
            lowest = min(lowest, float(probability[ends[start + reached - 1]]))
    return lowest


def lower_bound(weight: Floats, right: npt.NDArray[np.bool_], ends: npt.NDArray[np.int64], error_rate: float) -> Floats:
    """The one-sided lower bound of the share that is right among the rows up to each of `ends`.

    Weighted rows count as many as would say as much unweighted (Kish 1965).
    """
    mass, square = np.cumsum(weight)[ends], np.cumsum(weight * weight)[ends]
    share = np.cumsum(weight * right)[ends] / mass
    count = mass * mass / square
    hits = count * share
    bound = betaincinv(np.maximum(hits, 1e-9), count - hits + 1.0, error_rate)
    return np.asarray(np.where(hits > 0.0, bound, 0.0), np.float64)


def effective(weight: Floats) -> float:
    """How many unweighted rows say as much as these (Kish 1965)."""
    square = float((weight * weight).sum())
    return float(weight.sum()) ** 2 / square if square else 0.0


def least_trials(promise: float, error_rate: float = ERROR_RATE) -> int:
    """How many trials a threshold takes at the least: half of them answered, and wrong no more often than half the promise allows."""
    answered = 1
    while (
        betaincinv(answered * (1 + promise) / 2, answered * (1 - promise) / 2 + 1.0, error_rate / len(_STARTS))
        < promise
    ):
        answered += 1
    return 2 * answered
