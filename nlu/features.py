"""From text to terms: words and word pairs, character n-grams inside words, and concepts.

What weighs the terms is in `spaces`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, combinations, pairwise

import numpy as np
import numpy.typing as npt

from nlu.compounds import CompoundSplitter
from nlu.concepts import ConceptTable, default_table, lexicon
from nlu.remembering import remembered
from nlu.stemming import stem
from nlu.text import LAST_TEXTS, tokens

MAX_TOKENS = 300
_MAX_CONCEPTS = 14
_MAX_SENSES = 20
_NGRAMS = (2, 3, 4, 5)

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Terms:
    """A text taken apart: its folded tokens, their stems, words and word pairs, concepts and pairs of concepts.

    `senses` are what everyday language means by the words that name no concept.
    """

    tokens: tuple[str, ...]
    stems: tuple[str, ...]
    words: tuple[str, ...]
    concepts: tuple[str, ...]
    senses: tuple[str, ...]


@dataclass(frozen=True)
class WordTerms:
    """What a word brings into a text by itself: its stem, the stems of its parts, its concepts and senses."""

    stem: str
    parts: tuple[str, ...]
    concepts: tuple[str, ...]
    senses: tuple[str, ...]


class Analyzer:
    """Takes cleaned texts apart. It depends on the content only by the words that compounds are split into, beside those of the lexicon."""

    def __init__(self, compound_words: Iterable[str], concepts: ConceptTable | None = None) -> None:
        """`compound_words`: folded words that compounds may be made of."""
        self.compound_words = tuple(sorted(set(compound_words)))
        self._concepts, self._lexicon = concepts or default_table(), lexicon()
        self._splitter = CompoundSplitter({*self.compound_words, *self._lexicon.words})
        self.word = remembered(self._word)
        """The terms of a single folded word."""
        self.terms = lru_cache(maxsize=LAST_TEXTS)(self._terms)
        """The terms of a cleaned text. The last few are kept: urgency and matching ask for the same text."""

    def __reduce__(self) -> tuple[type[Analyzer], tuple[tuple[str, ...], ConceptTable | None]]:
        """For other processes: what it is made of. The table of the library they have themselves."""
        return type(self), (self.compound_words, None if self._concepts is default_table() else self._concepts)

    def _terms(self, text: str) -> Terms:
        words = tokens(text)[:MAX_TOKENS]
        alone = [self.word(word) for word in words]
        stems = [word.stem for word in alone]
        unigrams = [*stems, *chain.from_iterable(word.parts for word in alone)]
        pairs = [f"{a} {b}" for a, b in pairwise(stems)] + [f"{a} {b}" for a, b in zip(stems, stems[2:], strict=False)]
        concepts = self._concepts.find(stems, [word.concepts for word in alone])[:_MAX_CONCEPTS]
        senses = self._lexicon.find(stems, [word.senses for word in alone])[:_MAX_SENSES]
        return Terms(
            tokens=tuple(words),
            stems=tuple(stems),
            words=(*unigrams, *pairs),
            concepts=(*concepts, *(f"{a} {b}" for a, b in combinations(sorted(concepts), 2))),
            senses=tuple(senses),
        )

    def _word(self, word: str) -> WordTerms:
        parts = self._splitter.split(word)
        named = {piece: self._concepts.of_word(piece) for piece in (word, *parts)}
        meant = [self._lexicon.of_word(piece) for piece, names in named.items() if not names]
        return WordTerms(
            stem=stem(word),
            parts=tuple(stem(part) for part in parts),
            concepts=tuple(dict.fromkeys(chain.from_iterable(named.values()))),
            senses=tuple(dict.fromkeys(chain.from_iterable(meant))),
        )


def char_ngrams(word: str) -> list[str]:
    """Character n-grams that do not cross the word's edge; the edge itself is a blank (scikit-learn's `char_wb`)."""
    padded = f" {word} "
    size = len(padded)
    return [padded[i : i + n] for n in _NGRAMS if n < size for i in range(size - n + 1)]
