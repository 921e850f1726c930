"""Urgency learned from labelled messages, beside the rules.

One linear score says how urgent a message sounds, one whether it is an emergency, one for each reason what it is about: logistic
regressions over words, word pairs and character n-grams (Joachims 1998) and over what the rules saw, so that a rule's hit is strong
evidence without being the last word. Beside them speak the nearest labelled messages (Cover and Hart 1967, weighted by the squared cosine of
their words), which see what a sum of single words cannot: what words mean together. Plain arrays, equal on every machine.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nlu import urgency
from nlu.features import Analyzer, Floats, Terms, char_ngrams
from nlu.postings import Postings, nearest
from nlu.reading import Evidence, Level, Urgency
from nlu.signs import Word
from nlu.spaces import Space, Vector, beside
from nlu.triage import TriageSettings

KINDS = ("words", "chars", "marks")
"""The spaces of features: two of the text, and one of what the rules saw."""
KIND_WEIGHTS = (1.0, 1.0, 0.4)
"""How much each space counts. What the rules saw counts less: they were written for other messages than these are."""
LEARNED = "learned"
"""The name under which evidence of the learned scores is given."""
CERTAIN = frozenset({"self_harm"})
"""Reasons for which a rule's word is enough. The rule for self-harm raises 0.3 % false alarms; that for danger 1.4 %, too many for that."""
WORDS, _CHARS = 0, 1
URGENT, EMERGENCY = 0, 1
FIRST_REASON = 2
_REASON_SHARE = 0.75
_NEIGHBOURS = 15
_NEIGHBOUR_SHARE = 3.0
_MOST_QUOTES = 3
_NOTABLE = 0.5


@dataclass(frozen=True)
class AlarmArrays:
    """All that is fitted. `scores` has a column for urgent, one for emergency and one for each of the `reasons`.

    `graver` says for each reason whether it is ever an emergency. `told` finds the labelled messages by their words, `urgent` says which
    of them are.
    """

    spaces: tuple[Space, ...]
    scores: Postings
    bias: Floats
    reasons: tuple[str, ...]
    graver: npt.NDArray[np.bool_]
    told: Postings
    urgent: npt.NDArray[np.bool_]


class Alarm:
    """Reads the urgency of messages with fitted arrays."""

    def __init__(self, arrays: AlarmArrays) -> None:
        self.arrays = arrays
        self._offsets = np.cumsum([0, *(len(space) for space in arrays.spaces)])

    def read(self, text: str, analyzer: Analyzer, settings: TriageSettings) -> Urgency:
        """How urgent a cleaned text is, why, and by which words. Time is linear in its length, which is bounded."""
        examined = urgency.examine(text)
        terms = analyzer.terms(text)
        vector = self.joined(features_of(terms, examined.marks))
        scores = self._alone(vector)
        level = self._level(scores, vector, examined.urgency, settings)
        if level is None:
            calm = examined.urgency.level is Level.LOW
            return Urgency(Level.LOW if calm else Level.NORMAL)
        sure = examined.urgency.reason in CERTAIN
        reason = examined.urgency.reason if sure else self._reason(scores, level)
        quotes = self._quotes(vector, analyzer, terms, examined.words)
        return Urgency(level, reason, (*examined.urgency.evidence, *(Evidence(LEARNED, quote) for quote in quotes)))

    def scores(self, vector: Vector) -> Floats:
        """The scores of a message: urgent, emergency, then each reason. Urgent messages are like others that were urgent."""
        scores = self._alone(vector)
        scores[URGENT] += _NEIGHBOUR_SHARE * self._agreement(vector)
        return scores

    def _alone(self, vector: Vector) -> Floats:
        """The scores without the neighbours. Urgent messages are urgent for a reason, so much of the best reason's score counts as well."""
        scores = self.arrays.scores.scores(vector) + self.arrays.bias
        scores[URGENT] += _REASON_SHARE * float(scores[FIRST_REASON:].max())
        return scores

    def _agreement(self, vector: Vector) -> float:
        """How much the nearest labelled messages agree on urgent (1) or calm (-1); 0 where none shares a word."""
        words = vector.ids < self._offsets[WORDS + 1]
        alike = self.arrays.told.scores(Vector(vector.ids[words], vector.values[words], 1.0))
        found = nearest(alike, _NEIGHBOURS)
        weights = [score * score for score in alike[found].tolist()]
        for_urgent = math.fsum(
            weight for weight, urgent in zip(weights, self.arrays.urgent[found].tolist(), strict=True) if urgent
        )
        total = math.fsum(weights)
        return 2.0 * for_urgent / total - 1.0 if total else 0.0

    def joined(self, features: Sequence[Sequence[str]]) -> Vector:
        """A message's features of all kinds side by side, as the scores weigh them."""
        vectors = [space.vector(kind) for space, kind in zip(self.arrays.spaces, features, strict=True)]
        return beside(vectors, self._offsets, KIND_WEIGHTS)

    def _level(self, scores: Floats, vector: Vector, ruled: Urgency, settings: TriageSettings) -> Level | None:
        """The level where the message is urgent, else None. The neighbours are looked for only where they can turn it."""
        if ruled.reason in CERTAIN or float(scores[EMERGENCY]) >= settings.emergency_from:
            return Level.EMERGENCY
        urgent = float(scores[URGENT])
        if abs(urgent - settings.urgent_from) <= _NEIGHBOUR_SHARE:
            urgent += _NEIGHBOUR_SHARE * self._agreement(vector)
        return Level.HIGH if urgent >= settings.urgent_from else None

    def _reason(self, scores: Floats, level: Level) -> str:
        """The most likely reason; for an emergency the most likely one of those that ever are emergencies."""
        likely = scores[FIRST_REASON:]
        if level is Level.EMERGENCY:
            likely = np.where(self.arrays.graver, likely, -math.inf)
        return self.arrays.reasons[int(np.argmax(likely))]

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
        words, chars = self._weights_of(vector, WORDS), self._weights_of(vector, _CHARS)
        halves: dict[str, float] = {}
        for pair in dict.fromkeys(term for term in terms.words if " " in term):
            for stem in pair.split(" "):
                halves[stem] = halves.get(stem, 0.0) + words.get(pair, 0.0) / 2.0
        share: dict[str, float] = {}
        for token, stem in dict.fromkeys(zip(terms.tokens, terms.stems, strict=True)):
            alone = analyzer.word(token)
            own = [words.get(term, 0.0) for term in dict.fromkeys((alone.stem, *alone.parts))]
            own += [chars.get(term, 0.0) for term in dict.fromkeys(char_ngrams(token))]
            share[token] = math.fsum(own) + halves.get(stem, 0.0)
        return share

    def _weights_of(self, vector: Vector, kind: int) -> dict[str, float]:
        """What each term of one space adds to the urgent score."""
        table, first, end = self.arrays.scores, int(self._offsets[kind]), int(self._offsets[kind + 1])
        columns, weights = table.columns, table.weights
        found: dict[str, float] = {}
        for index, value in zip(vector.ids.tolist(), vector.values.tolist(), strict=True):
            if first <= index < end:
                begin = int(table.starts[index])
                if begin < int(table.starts[index + 1]) and int(columns[begin]) == URGENT:
                    found[self.arrays.spaces[kind].terms[index - first]] = value * float(weights[begin])
        return found


def features_of(terms: Terms, marks: Sequence[str]) -> tuple[Sequence[str], ...]:
    """A message's features as the spaces of the `KINDS` take them."""
    return terms.words, terms.tokens, marks
