"""Matching: which answers or small-talk intents a text may mean, by a linear classifier and by the nearest phrasings.

The classifier is a linear SVM over words, character n-grams and concepts (Joachims 1998); retrieval is the cosine to every known
phrasing in the same three spaces; a weighted sum fuses them, and rapidfuzz's token_set_ratio helps on the short list only. A sentence
encoder, where there is one, is a fourth space. Everything fitted arrives as plain arrays.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import mul

import numpy as np
from rapidfuzz import fuzz

from nlu.encoder import Encoder, Vectors
from nlu.features import MAX_TOKENS, Analyzer, Floats, Ints, Terms
from nlu.meaning import Meanings
from nlu.postings import Postings, nearest
from nlu.spaces import SPACES, Space, beside, documents_of
from nlu.text import tokens

SHORTLIST = 12
NEIGHBOURS = 10
"""How many of the nearest phrasings the gate is shown."""
INTENT_PREFIX = "intent:"
"""Labels of small-talk classes begin so; all others but `ELSEWHERE` are ids of answers."""
ELSEWHERE = "elsewhere:"
"""The label of messages that no content answers."""
FEATURES = ("linear", "words", "chars", "concepts", "mean", "fuzz", "told_words", "told_concepts", "meaning")
"""What the fusion weighs, for each class on the short list; `meaning` is 0 without an encoder."""
_OTHER_LANGUAGE = 0.85
_VERBATIM = 92.0
_TOP = 4
_WORDS, _CONCEPTS = SPACES.index("words"), SPACES.index("concepts")


@dataclass(frozen=True)
class Scored:
    """A class on the short list: its index, its fused logit, its features and the nearest phrasing."""

    index: int
    logit: float
    features: Floats
    phrasing: int


class _Told:
    """The single terms of a text with their weights."""

    def __init__(self, weights: Mapping[int, float]) -> None:
        self._weights = weights.items()
        self._total = math.fsum(weights.values())

    def share(self, own: frozenset[int]) -> float:
        """The share of the weight on terms that some phrasing of a class has; unknown terms (negative ids) are in none."""
        return (
            math.fsum([weight for term, weight in self._weights if term in own]) / self._total if self._total else 0.0
        )


@dataclass(frozen=True)
class _Query:
    """What scoring a class asks of the text: its folded words, its single terms with their weights, and the similarities.

    `linear`, `meaning` and `best` have one figure a class, `best` those of each space; `total` has one a phrasing.
    """

    text: str
    words: _Told
    concepts: _Told
    linear: Sequence[float]
    best: Sequence[Sequence[float]]
    meaning: Sequence[float]
    total: Floats


@dataclass(frozen=True)
class Match:
    """The outcome for one text: the short list, best first, and what the gate wants to know of the whole.

    `elsewhere` is the rival that nothing here answers the text; it is never on the short list.
    """

    terms: Terms
    ranked: tuple[Scored, ...]
    elsewhere: Scored | None
    coverage: tuple[float, ...]
    neighbours: Ints


@dataclass(frozen=True)
class MatcherArrays:
    """All that is fitted. Phrasings are sorted by class; `starts` is the first phrasing of each class."""

    labels: tuple[str, ...]
    starts: Ints
    owners: Ints
    languages: tuple[str, ...]
    texts: tuple[str, ...]
    spaces: tuple[Space, ...]
    indexes: tuple[Postings, ...]
    classifier: Postings
    bias: Floats
    fusion: Floats
    meanings: Meanings | None = None


class Matcher:
    """Ranks the classes (answers and small-talk intents) for a text."""

    def __init__(
        self,
        analyzer: Analyzer,
        arrays: MatcherArrays,
        folded: Sequence[str] | None = None,
        encoder: Encoder | None = None,
    ) -> None:
        """`folded`: the phrasings as `folded` makes them, where somebody kept them; for thousands it takes seconds.

        `encoder`: the one that the arrays' `meanings` come from.
        """
        self.analyzer = analyzer
        self.arrays = arrays
        self.encoder = encoder
        self._folded = folded if folded is not None else [" ".join(tokens(text)[:MAX_TOKENS]) for text in arrays.texts]
        self._fusion = arrays.fusion.tolist()
        self._language_weight = {
            language: np.array([1.0 if own == language else _OTHER_LANGUAGE for own in arrays.languages])
            for language in ("de", "en")
        }
        self._offsets = np.cumsum([0, *(len(space) for space in arrays.spaces)])
        self._edges = [*arrays.starts.tolist(), len(arrays.texts)]
        self._elsewhere = arrays.labels.index(ELSEWHERE) if ELSEWHERE in arrays.labels else None
        self._nothing_meant = [0.0] * len(arrays.labels)
        self._own_terms = [self._terms_by_class(rank) for rank in (_WORDS, _CONCEPTS)]

    @property
    def folded(self) -> tuple[str, ...]:
        """The folded words of each phrasing, as the short list compares them."""
        return tuple(self._folded)

    def match(self, text: str, language: str) -> Match:
        """Rank the classes for a cleaned text. `language` is `de`, `en`, or anything else for no preference."""
        meant = self.encoder.encode([text])[0] if self.encoder else None
        return self.match_terms(self.analyzer.terms(text), language, meant)

    def match_terms(self, terms: Terms, language: str, meant: Vectors | None = None) -> Match:
        """Rank the classes for a text that was taken apart already; `meant` is its vector, where an encoder made one."""
        a = self.arrays
        documents = documents_of(terms)
        vectors = [space.vector(own) for own, space in zip(documents, a.spaces, strict=True)]
        linear = a.classifier.scores(beside(vectors, self._offsets)) + a.bias
        similarity = [index.scores(vector) for index, vector in zip(a.indexes, vectors, strict=False)]
        weight = self._language_weight.get(language)
        if weight is not None:
            similarity = [s * weight for s in similarity]
        total = similarity[0] + similarity[1] + similarity[2]
        meaning = self._nothing_meant
        if meant is not None and a.meanings is not None:
            near = a.meanings.nearness(meant)
            total += near
            meaning = np.maximum.reduceat(near, a.starts).tolist()
        best = [np.maximum.reduceat(s, a.starts) for s in (*similarity, total)]
        first = linear + best[3]
        shortlist = np.argsort(-first, kind="stable")[: SHORTLIST + 1].tolist()
        query = _Query(
            " ".join(terms.tokens),
            _Told(a.spaces[_WORDS].single(documents[_WORDS])),
            _Told(a.spaces[_CONCEPTS].single(documents[_CONCEPTS])),
            linear.tolist(),
            [b.tolist() for b in best[:3]],
            meaning,
            total,
        )
        scored = [self._score(c, query) for c in [c for c in shortlist if c != self._elsewhere][:SHORTLIST]]
        elsewhere = None if self._elsewhere is None else self._score(self._elsewhere, query)
        return Match(
            terms, ranked(scored), elsewhere, tuple(v.coverage for v in vectors), a.owners[nearest(total, NEIGHBOURS)]
        )

    def is_known(self, match: Match) -> bool:
        """Whether the text is a phrasing of its best candidate and of no other, but for a slip or two of the fingers."""
        text = " ".join(match.terms.tokens)
        alike = [fuzz.ratio(text, self._folded[s.phrasing]) >= _VERBATIM for s in match.ranked]
        return alike[:1] == [True] and not any(alike[1:])

    def _score(self, c: int, query: _Query) -> Scored:
        begin, end = self._edges[c], self._edges[c + 1]
        own = query.total[begin:end]
        nearest = begin + int(own.argmax())
        top = own if end - begin <= _TOP else np.partition(own, end - begin - _TOP)[-_TOP:]
        features = [
            query.linear[c],
            *(best[c] for best in query.best),
            math.fsum(top.tolist()) / _TOP,
            fuzz.token_set_ratio(query.text, self._folded[nearest]) / 100.0,
            query.words.share(self._own_terms[0][c]),
            query.concepts.share(self._own_terms[1][c]),
            query.meaning[c],
        ]
        logit = math.fsum(map(mul, self._fusion, features))
        return Scored(c, logit, np.array(features), nearest)

    def _terms_by_class(self, rank: int) -> list[frozenset[int]]:
        """For each class the ids of the terms that occur in its phrasings."""
        index = self.arrays.indexes[rank]
        rows = np.repeat(np.arange(len(index.starts) - 1), np.diff(index.starts))
        owners = self.arrays.owners[index.columns]
        order = np.argsort(owners, kind="stable")
        edges = np.searchsorted(owners[order], np.arange(len(self.arrays.labels) + 1))
        return [frozenset(rows[order[b:e]].tolist()) for b, e in itertools.pairwise(edges)]


def ranked(scored: Iterable[Scored]) -> tuple[Scored, ...]:
    """Best first; of equals the one that comes first in the content."""
    return tuple(sorted(scored, key=lambda s: (-s.logit, s.index)))
