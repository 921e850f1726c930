"""Vocabularies, and texts as vectors over them: words and word pairs, character n-grams inside words, and concepts.

Weights are TF-IDF with sublinear term frequency, each space of unit length (Salton and Buckley 1988). Sums are exact (`math.fsum`), so
that every interpreter and every numpy gives the same bits.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, repeat

import numpy as np

from nlu.features import Floats, Ints, Terms, char_ngrams
from nlu.remembering import remembered

SPACES = ("words", "chars", "concepts")


def documents_of(terms: Terms) -> tuple[Sequence[str], Sequence[str], Sequence[str]]:
    """A text as each of the `SPACES` takes it."""
    return terms.words, terms.tokens, (*terms.concepts, *terms.senses)


@dataclass(frozen=True)
class Vector:
    """A sparse vector of unit length over one space. `coverage` is the share of its squared weight on known terms."""

    ids: Ints
    values: Floats
    coverage: float


def beside(vectors: Sequence[Vector], offsets: Ints, weights: Sequence[float] | None = None) -> Vector:
    """Vectors of several spaces side by side, each space's ids moved by its offset, and its values weighed where `weights` are given."""
    ids = np.concatenate([v.ids + offset for v, offset in zip(vectors, offsets, strict=False)])
    values = [v.values for v in vectors]
    if weights is not None:
        values = [own * weight for own, weight in zip(values, weights, strict=True)]
    return Vector(ids, np.concatenate(values), 1.0)


class Space:
    """A vocabulary with inverse document frequencies. Its documents are sequences of terms."""

    def __init__(self, terms: Sequence[str], idf: Sequence[float]) -> None:
        """`idf`: one weight a term, in the order of the terms."""
        self.terms = tuple(terms)
        self.idf = np.array(idf, np.float64)
        self._ids = {term: i for i, term in enumerate(self.terms)}
        self._unknown = float(self.idf.max(initial=0.0)) or 1.0

    @classmethod
    def fit(cls, documents: Sequence[Sequence[str]], *, min_df: int = 1) -> Space:
        """Learn vocabulary and smoothed idf from documents; rarer terms than `min_df` are left out."""
        frequency = Counter[str]()
        for document in documents:
            frequency.update(set(cls.terms_in(document)))
        kept = sorted(term for term, count in frequency.items() if count >= min_df)
        return cls(kept, [math.log((1 + len(documents)) / (1 + frequency[term])) + 1.0 for term in kept])

    def __reduce__(self) -> tuple[type[Space], tuple[tuple[str, ...], Floats]]:
        """For other processes: what it is made of."""
        return type(self), (self.terms, self.idf)

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
                weights[index] = float(self.idf[index]) if index >= 0 else self._unknown
        return weights

    @staticmethod
    def terms_in(document: Sequence[str]) -> Iterable[str]:
        """The terms of a document, each as often as it occurs."""
        return document

    def vector(self, document: Sequence[str]) -> Vector:
        """The unit vector of a document; unknown terms count for its coverage only."""
        counts = Counter(document)
        ids = np.fromiter(map(self._ids.get, counts, repeat(-1)), np.int64, len(counts))
        number = np.fromiter(counts.values(), np.float64, len(counts))
        known = ids >= 0
        return self._unit(ids[known], number[known], number[~known])

    def _unit(self, ids: Ints, number: Floats, unknown: Floats) -> Vector:
        """The vector of different terms by how often each occurs; `unknown` is how often each unknown one does."""
        values = _sublinear(number) * self.idf[ids]
        strange = _sublinear(unknown) * self._unknown
        known, missing = math.fsum((values * values).tolist()), math.fsum((strange * strange).tolist())
        length = math.sqrt(known) or 1.0
        return Vector(ids, values / length, known / (known + missing) if known else 0.0)


class CharSpace(Space):
    """A vocabulary of character n-grams. Its documents are sequences of words; what a word has is looked up once."""

    def __init__(self, terms: Sequence[str], idf: Sequence[float]) -> None:
        super().__init__(terms, idf)
        # No method of its own: in a cycle a replaced space would stay until the collector comes.
        self._of_word = remembered(partial(_looked_up, self._ids))

    def vector(self, document: Sequence[str]) -> Vector:
        """The unit vector of the words' n-grams."""
        words = [self._of_word(word) for word in document]
        unknown = Counter(chain.from_iterable(strange for _, strange in words))
        ids, number = _counted(np.concatenate([own for own, _ in words])) if words else (_NO_IDS, _NO_IDS)
        return self._unit(ids, number.astype(np.float64), np.array(list(unknown.values()), np.float64))

    @staticmethod
    def terms_in(document: Sequence[str]) -> Iterable[str]:
        """The n-grams of the words."""
        return chain.from_iterable(map(char_ngrams, document))


SPACE_KINDS: tuple[type[Space], ...] = (Space, CharSpace, Space)
"""What each of the `SPACES` is."""


def _looked_up(ids: Mapping[str, int], word: str) -> tuple[Ints, tuple[str, ...]]:
    """The ids of a word's known n-grams, and its unknown ones."""
    grams = char_ngrams(word)
    known = [ids[gram] for gram in grams if gram in ids]
    return np.array(known, np.int64), tuple(gram for gram in grams if gram not in ids)


_NO_IDS = np.zeros(0, np.int64)


def _counted(ids: Ints) -> tuple[Ints, Ints]:
    """The different ids in order, and how often each occurs (`np.unique` does the same in thrice the time)."""
    edges = np.ones(len(ids) + 1, np.bool_)
    ids = np.sort(ids)
    np.not_equal(ids[1:], ids[:-1], out=edges[1:-1])
    where = np.flatnonzero(edges)
    return ids[where[:-1]], where[1:] - where[:-1]


def _sublinear(number: Floats) -> Floats:
    """1 + log of each number, by `math.log`, since numpy's own differs from version to version."""
    weights = np.ones(len(number))
    often = np.flatnonzero(number > 1.0)
    weights[often] = [1.0 + math.log(count) for count in number[often].tolist()]
    return weights
