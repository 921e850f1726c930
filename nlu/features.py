"""From text to weighted terms: words and word pairs, character n-grams inside words, and concepts.

Weights are TF-IDF with sublinear term frequency, each space of unit length (Salton and Buckley 1988). All sums are plain Python
floats in a fixed order, so that every interpreter and every numpy gives the same bits.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
import numpy.typing as npt

from nlu.compounds import CompoundSplitter
from nlu.concepts import ConceptTable, default_table
from nlu.stemming import stem
from nlu.text import tokens

SPACES = ("words", "chars", "concepts")
_MAX_TOKENS = 300
_MAX_CONCEPTS = 14
_NGRAMS = (2, 3, 4, 5)

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Terms:
    """A text taken apart: its folded tokens, their stems, and the terms of each space."""

    tokens: tuple[str, ...]
    stems: tuple[str, ...]
    words: tuple[str, ...]
    chars: tuple[str, ...]
    concepts: tuple[str, ...]


class Analyzer:
    """Takes cleaned texts apart. It depends on the content only by the words that compounds are split into."""

    def __init__(self, compound_words: Iterable[str], concepts: ConceptTable | None = None) -> None:
        """`compound_words`: folded words that compounds may be made of."""
        self.compound_words = tuple(sorted(set(compound_words)))
        self._splitter = CompoundSplitter(self.compound_words)
        self._concepts = concepts or default_table()

    def terms(self, text: str) -> Terms:
        """The terms of a cleaned text."""
        words = tokens(text)[:_MAX_TOKENS]
        stems = [stem(word) for word in words]
        parts = [self._splitter.split(word) for word in words]
        unigrams = [*stems, *(stem(part) for split in parts for part in split)]
        pairs = [f"{a} {b}" for a, b in pairwise(stems)] + [f"{a} {b}" for a, b in zip(stems, stems[2:], strict=False)]
        concepts = self._concepts.find(words, parts)[:_MAX_CONCEPTS]
        return Terms(
            tokens=tuple(words),
            stems=tuple(stems),
            words=(*unigrams, *pairs),
            chars=tuple(_char_ngrams(words)),
            concepts=(*concepts, *(f"{a} {b}" for a, b in combinations(sorted(concepts), 2))),
        )


def _char_ngrams(words: Sequence[str]) -> list[str]:
    """Character n-grams that do not cross a word's edge; the edge itself is a blank (scikit-learn's `char_wb`)."""
    grams: list[str] = []
    for word in words:
        padded = f" {word} "
        size = len(padded)
        for n in _NGRAMS:
            grams += [padded[i : i + n] for i in range(size - n + 1)] if n < size else []
    return grams


@dataclass(frozen=True)
class Vector:
    """A sparse vector of unit length over one space. `coverage` is the share of its squared weight on known terms."""

    ids: Ints
    values: Floats
    coverage: float


class Space:
    """A vocabulary with inverse document frequencies."""

    def __init__(self, terms: Sequence[str], idf: Sequence[float]) -> None:
        """`idf`: one weight a term, in the order of the terms."""
        self.terms = tuple(terms)
        self.idf = [float(value) for value in idf]
        self._ids = {term: i for i, term in enumerate(self.terms)}
        self._unknown = max(self.idf, default=1.0)

    @classmethod
    def fit(cls, documents: Sequence[Sequence[str]], *, min_df: int = 1) -> Space:
        """Learn vocabulary and smoothed idf from documents of terms; rarer terms than `min_df` are left out."""
        frequency = Counter(term for document in documents for term in set(document))
        kept = sorted(term for term, count in frequency.items() if count >= min_df)
        return cls(kept, [math.log((1 + len(documents)) / (1 + frequency[term])) + 1.0 for term in kept])

    def __len__(self) -> int:
        return len(self.terms)

    def __contains__(self, term: object) -> bool:
        return term in self._ids

    def single(self, terms: Sequence[str]) -> dict[int, float]:
        """The idf of each different single term (no pairs) by its id; unknown ones get negative ids and the highest idf."""
        weights: dict[int, float] = {}
        for term in dict.fromkeys(terms):
            if " " not in term:
                index = self._ids.get(term, -1 - len(weights))
                weights[index] = self.idf[index] if index >= 0 else self._unknown
        return weights

    def vector(self, terms: Sequence[str]) -> Vector:
        """The unit vector of a document's terms; unknown terms count for its coverage only."""
        ids: list[int] = []
        values: list[float] = []
        missing = 0.0
        for term, count in Counter(terms).items():
            index = self._ids.get(term)
            weight = 1.0 + math.log(count) if count > 1 else 1.0
            if index is None:
                missing += (weight * self._unknown) ** 2
            else:
                ids.append(index)
                values.append(weight * self.idf[index])
        known = math.fsum(value * value for value in values)
        length = math.sqrt(known) or 1.0
        coverage = known / (known + missing) if known else 0.0
        return Vector(np.array(ids, np.int64), np.array(values, np.float64) / length, coverage)
