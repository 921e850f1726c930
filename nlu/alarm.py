"""Urgency learned from labelled messages, beside the rules.

One linear score says how urgent a message sounds, one whether it is an emergency, one for each reason what it is about: logistic
regressions over words, word pairs and character n-grams (Joachims 1998) and over what the rules saw, so that a rule's hit is strong
evidence without being the last word. At run time these are sums over plain arrays, equal on every machine.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nlu import urgency
from nlu.features import Analyzer, Floats, Space, Terms, Vector
from nlu.postings import Postings
from nlu.reading import Evidence, Level, Urgency
from nlu.signs import Word
from nlu.triage import TriageSettings
from nlu.urgency import Examined

KINDS = ("words", "chars", "marks")
"""The spaces of features: two of the text, and one of what the rules saw."""
KIND_WEIGHTS = (1.0, 1.0, 1.0)
LEARNED = "learned"
"""The name under which evidence of the learned scores is given."""
CERTAIN = frozenset({"self_harm", "danger"})
"""Reasons for which a rule's word is enough: nobody should be overlooked because the labelled messages were silent."""
URGENT, EMERGENCY = 0, 1
FIRST_REASON = 2
_MOST_QUOTES = 3
_NOTABLE = 0.5


@dataclass(frozen=True)
class AlarmArrays:
    """All that is fitted. `scores` has a column for urgent, one for emergency and one for each of the `reasons`.

    `graver` says for each reason whether it is ever an emergency, `lighter` whether it is ever less than one.
    """

    spaces: tuple[Space, ...]
    scores: Postings
    bias: Floats
    reasons: tuple[str, ...]
    graver: npt.NDArray[np.bool_]
    lighter: npt.NDArray[np.bool_]


class Alarm:
    """Reads the urgency of messages with fitted arrays."""

    def __init__(self, arrays: AlarmArrays) -> None:
        self.arrays = arrays
        self._offsets = np.cumsum([0, *(len(space) for space in arrays.spaces)])

    def read(self, text: str, analyzer: Analyzer, settings: TriageSettings) -> Urgency:
        """How urgent a cleaned text is, why, and by which words. Time is linear in its length, which is bounded."""
        examined = urgency.examine(text)
        terms = analyzer.terms(text)
        vector = self.vector(terms, examined.marks)
        scores = self.arrays.scores.scores(vector) + self.arrays.bias
        level = self._level(scores, examined.urgency, settings)
        if level is None:
            calm = examined.urgency.level is Level.LOW
            return Urgency(Level.LOW if calm else Level.NORMAL)
        sure = examined.urgency.reason in CERTAIN
        reason = examined.urgency.reason if sure else self._reason(scores, level)
        quotes = self._quotes(vector, analyzer, terms, examined.words)
        return Urgency(level, reason, (*examined.urgency.evidence, *(Evidence(LEARNED, quote) for quote in quotes)))

    def vector(self, terms: Terms, marks: Sequence[str]) -> Vector:
        """The features of a message side by side, as the scores weigh them."""
        vectors = [
            space.vector(features)
            for space, features in zip(self.arrays.spaces, features_of(terms, marks), strict=True)
        ]
        return beside(vectors, self._offsets)

    def _level(self, scores: Floats, ruled: Urgency, settings: TriageSettings) -> Level | None:
        """The level where the message is urgent, else None."""
        if ruled.reason in CERTAIN or float(scores[EMERGENCY]) >= settings.emergency_from:
            return Level.EMERGENCY
        return Level.HIGH if float(scores[URGENT]) >= settings.urgent_from else None

    def _reason(self, scores: Floats, level: Level) -> str:
        """The most likely reason among those that are ever so urgent."""
        possible = self.arrays.graver if level is Level.EMERGENCY else self.arrays.lighter
        masked = np.where(possible, scores[FIRST_REASON:], -math.inf)
        return self.arrays.reasons[int(np.argmax(masked))]

    def _quotes(self, vector: Vector, analyzer: Analyzer, terms: Terms, words: Sequence[Word]) -> list[str]:
        """The customer's words that spoke loudest for urgency, neighbours together, in the order of the message."""
        share = self._shares(vector, analyzer, terms)
        loud = [share.get(word.folded, 0.0) for word in words]
        least = _NOTABLE * max(loud, default=0.0)
        runs: list[tuple[float, int, list[str]]] = []
        last = -2
        for position, word in enumerate(words):
            if loud[position] <= 0.0 or loud[position] < least:
                continue
            if position == last + 1:
                weight, start, run = runs.pop()
                runs.append((weight + loud[position], start, [*run, word.typed]))
            else:
                runs.append((loud[position], position, [word.typed]))
            last = position
        loudest = sorted(runs, key=lambda run: (-run[0], run[1]))[:_MOST_QUOTES]
        return list(dict.fromkeys(" ".join(run) for _, _, run in sorted(loudest, key=lambda run: run[1])))

    def _shares(self, vector: Vector, analyzer: Analyzer, terms: Terms) -> dict[str, float]:
        """How much each token adds to the urgent score: by itself, by its characters, and its half of word pairs."""
        weight = self._weights_of(vector)
        share: dict[str, float] = {}
        for token in dict.fromkeys(terms.tokens):
            alone = analyzer.terms(token)
            share[token] = math.fsum(weight.get(term, 0.0) for term in dict.fromkeys((*alone.words, *alone.chars)))
        halves: dict[str, float] = {}
        for pair in dict.fromkeys(word for word in terms.words if " " in word):
            for stem in pair.split(" "):
                halves[stem] = halves.get(stem, 0.0) + weight.get(pair, 0.0) / 2.0
        return {
            token: share[token] + halves.get(stem, 0.0) for token, stem in zip(terms.tokens, terms.stems, strict=True)
        }

    def _weights_of(self, vector: Vector) -> dict[str, float]:
        """What each term of the text's own spaces adds to the urgent score."""
        table = self.arrays.scores
        found: dict[str, float] = {}
        for index, value in zip(vector.ids.tolist(), vector.values.tolist(), strict=True):
            row = slice(int(table.starts[index]), int(table.starts[index + 1]))
            own = table.weights[row][table.columns[row] == URGENT].tolist()
            space = int(np.searchsorted(self._offsets, index, side="right")) - 1
            if own and KINDS[space] != "marks":
                found[self.arrays.spaces[space].terms[index - int(self._offsets[space])]] = value * own[0]
        return found


def features_of(terms: Terms, marks: Sequence[str]) -> tuple[Sequence[str], ...]:
    """A message's features in the order of `KINDS`."""
    return terms.words, terms.chars, marks


def beside(vectors: Sequence[Vector], offsets: npt.NDArray[np.int64]) -> Vector:
    """The vectors of all spaces side by side."""
    ids = np.concatenate([v.ids + offset for v, offset in zip(vectors, offsets, strict=False)])
    values = np.concatenate([v.values * weight for v, weight in zip(vectors, KIND_WEIGHTS, strict=True)])
    return Vector(ids, values, 1.0)
