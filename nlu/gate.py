"""The gate: P(the best candidate is right), calibrated.

A logistic regression over how the match came about (Platt 1999), trained on cross-fitted matches in which whole answers were held out and play
the questions that nobody has an answer to (understanding without real out-of-scope data: Fei and Liu 2016, "Breaking the Closed World
Assumption"). At run time it is a sum in plain Python floats.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from nlu.features import Floats
from nlu.matching import FEATURES, Match

_LINEAR = FEATURES.index("linear")
_FUZZ = FEATURES.index("fuzz")
_TOLD_WORDS = FEATURES.index("told_words")
_TOLD_CONCEPTS = FEATURES.index("told_concepts")
_MEANING = FEATURES.index("meaning")


def softmax(logits: Sequence[float]) -> list[float]:
    """Shares of the candidates if one of them is right."""
    top = max(logits)
    weights = [math.exp(logit - top) for logit in logits]
    total = math.fsum(weights)
    return [weight / total for weight in weights]


def shares(match: Match) -> list[float]:
    """P of each candidate on the short list, and of none of them last, as the logits say."""
    rivals = [s.logit for s in match.ranked]
    return softmax([*rivals, match.elsewhere.logit if match.elsewhere else min(rivals)])


def spread(match: Match, probability: float) -> list[float]:
    """P of each candidate on the short list: the gate's own for the best; what it leaves is shared out as the logits say."""
    best, *others, _ = shares(match)
    inside = min(1.0, probability / best)
    return [probability, *(min(inside * share, probability) for share in others)]


def evidence(match: Match) -> list[float]:
    """What speaks for and against the best candidate, as the gate weighs it."""
    first = match.ranked[0]
    rivals = [*match.ranked[1:], *([match.elsewhere] if match.elsewhere else [])] or [first]
    margin = first.logit - max(s.logit for s in rivals)
    share = shares(match)
    linear = float(first.features[_LINEAR])
    told = float(first.features[_TOLD_WORDS])
    meaning = float(first.features[_MEANING])
    neighbours = match.neighbours.tolist()
    size = math.log1p(len(match.terms.tokens))
    return [
        first.logit,
        margin,
        share[0],
        share[-1],
        -math.fsum(p * math.log(p) for p in share if p > 0),
        linear,
        linear - max(float(s.features[_LINEAR]) for s in rivals),
        told,
        neighbours.count(first.index) / len(neighbours) if neighbours else 0.0,
        *match.coverage,
        told * size,
        float(first.features[_TOLD_CONCEPTS]) * size,
        told * first.logit,
        told * margin,
        told * share[0],
        float(first.features[_FUZZ]) * size,
        meaning,
        meaning - max(float(s.features[_MEANING]) for s in rivals),
    ]


@dataclass(frozen=True)
class Gate:
    """A fitted logistic regression: P = 1 / (1 + exp(-(weights · evidence + bias)))."""

    weights: Floats
    bias: float

    def probability(self, match: Match) -> float:
        """P(the best candidate of the match is right); 0 where nothing known is like the text at all."""
        return self.of_evidence(evidence(match)) if match.ranked and len(match.neighbours) else 0.0

    def of_evidence(self, values: Sequence[float]) -> float:
        """The probability for evidence computed before."""
        z = self.bias + math.fsum(float(w) * v for w, v in zip(self.weights, values, strict=False))
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, z))))
