"""Fitting a matcher to phrasings: vocabularies, indexes and the linear classifier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from rapidfuzz import fuzz
from scipy import sparse

from nlu.content import Content
from nlu.encoder import Encoder, Vectors
from nlu.features import Analyzer, Floats, Ints, Terms
from nlu.language import LanguageDetector
from nlu.learning.rocchio import NEGLIGIBLE, Columns, rocchio
from nlu.learning.rows import matrix_of
from nlu.matching import ELSEWHERE, FEATURES, INTENT_PREFIX, Matcher, MatcherArrays
from nlu.meaning import Meanings
from nlu.postings import Postings
from nlu.spaces import SPACE_KINDS, SPACES, Vector, beside, documents_of
from nlu.text import clean, tokens

DEFAULT_FUSION = np.array([3.0, 0.0, 0.5, 1.0, 0.5, 0.0, 0.5, 0.5, 1.0])
_COST = 0.5
_TOLERANCE = 0.01  # the last digits of the weights cost half the time and change no ranking
_MOST_WEIGHTS = 125_000_000
"""Weights up to which a classifier is fitted; it holds all of them at once, in a gigabyte."""
ANSWERED = 80.0
"""How alike (0 to 100, rapidfuzz's ratio) a phrasing must be to a message of `elsewhere` to say that the content answers it after all."""
MIN_DF = {"words": 1, "chars": 2, "concepts": 1}
"""In how many phrasings a term of each space must be to be in its vocabulary."""
_ELSEWHERE_TABLE = Path(__file__).with_name("data") / "elsewhere.txt"


@dataclass(frozen=True)
class Example:
    """One phrasing with the class it belongs to, taken apart; `meant` is its vector, where an encoder made one."""

    label: str
    text: str
    language: str
    terms: Terms
    meant: Vectors | None = None


def analyzer_for(content: Content) -> Analyzer:
    """An analyzer that splits compounds into the words of the content's phrasings."""
    texts = [p.text for entry in content.answers for p in entry.phrasings]
    return Analyzer({word for text in texts for word in tokens(clean(text))})


def detector_for(content: Content) -> LanguageDetector:
    """A language detector that knows the content's phrasings."""
    return LanguageDetector.fit((clean(p.text), p.language) for entry in content.answers for p in entry.phrasings)


def examples_of(
    content: Content, analyzer: Analyzer, detector: LanguageDetector, encoder: Encoder | None = None
) -> list[Example]:
    """All phrasings and small-talk examples, sorted by class; of equal texts in a class one is kept. Each is encoded once."""
    rows = [(entry.id, clean(p.text), p.language) for entry in content.answers for p in entry.phrasings]
    for name, texts in content.intents.items():
        rows += [(INTENT_PREFIX + name, clean(text), detector.detect(clean(text))) for text in texts]
    known = [" ".join(tokens(text)) for _, text, _ in rows]
    for text in elsewhere():
        folded = " ".join(tokens(text))
        if not any(fuzz.ratio(folded, other, score_cutoff=ANSWERED) for other in known):
            rows.append((ELSEWHERE, text, detector.detect(text)))
    rows += [(ELSEWHERE, clean(text), detector.detect(clean(text))) for text in content.elsewhere]
    unique = sorted({(label, text): language for label, text, language in rows if text}.items())
    meant = encoder.encode([text for (_, text), _ in unique]) if encoder else [None] * len(unique)
    return [
        Example(label, text, language, analyzer.terms(text), own)
        for ((label, text), language), own in zip(unique, meant, strict=True)
    ]


@lru_cache(maxsize=1)
def elsewhere() -> tuple[str, ...]:
    """Messages that customer services hear but do not answer from their content."""
    lines = _ELSEWHERE_TABLE.read_text(encoding="utf-8").splitlines()
    return tuple(clean(line) for line in lines if line and not line.startswith("#"))


def fit_matcher(
    examples: Sequence[Example], analyzer: Analyzer, fusion: Floats | None = None, encoder: Encoder | None = None
) -> Matcher:
    """Fit to examples sorted by class; `encoder` is the one that read them. Raises ValueError for fewer than two classes."""
    labels = sorted({example.label for example in examples})
    if len(labels) < 2:
        raise ValueError("a matcher needs at least two classes")
    index = {label: i for i, label in enumerate(labels)}
    owners = np.array([index[example.label] for example in examples], np.int64)
    documents = tuple(zip(*(documents_of(example.terms) for example in examples), strict=True))
    spaces = tuple(
        kind.fit(own, min_df=MIN_DF[name]) for kind, own, name in zip(SPACE_KINDS, documents, SPACES, strict=True)
    )
    vectors = [[space.vector(document) for document in own] for space, own in zip(spaces, documents, strict=True)]
    classifier, bias = _classifier(vectors, [len(space) for space in spaces], owners, len(labels))
    arrays = MatcherArrays(
        labels=tuple(labels),
        starts=np.searchsorted(owners, np.arange(len(labels))).astype(np.int64),
        owners=owners,
        languages=tuple(e.language for e in examples),
        texts=tuple(e.text for e in examples),
        spaces=spaces,
        indexes=tuple(Postings.of_vectors(rows, len(space)) for rows, space in zip(vectors, spaces, strict=False)),
        classifier=classifier,
        bias=bias,
        fusion=DEFAULT_FUSION if fusion is None else fusion,
        meanings=_meanings(examples),
    )
    assert len(arrays.fusion) == len(FEATURES)
    return Matcher(analyzer, arrays, encoder=encoder)


def _meanings(examples: Sequence[Example]) -> Meanings | None:
    meant = [example.meant for example in examples if example.meant is not None]
    return Meanings.of(np.stack(meant)) if meant else None


def _classifier(
    vectors: Sequence[Sequence[Vector]], sizes: Sequence[int], owners: np.typing.NDArray[np.int64], classes: int
) -> tuple[Postings, Floats]:
    """The classifier and its bias: fitted, or after Rocchio where there are thousands of answers."""
    offsets = np.cumsum([0, *sizes])
    matrix = matrix_of([beside(spaces, offsets) for spaces in zip(*vectors, strict=False)], int(offsets[-1]))
    matrix.sort_indices()  # reads the weights in order, which takes a tenth less time
    many = classes * matrix.shape[1] > _MOST_WEIGHTS
    found = rocchio(matrix, owners) if many else _fitted(matrix, owners, classes)
    return Postings.from_triples(found.terms, found.classes, found.weights, (int(offsets[-1]), classes)), found.bias


def _fitted(matrix: sparse.csr_matrix, owners: Ints, classes: int) -> Columns:
    from sklearn.svm import LinearSVC

    model = LinearSVC(C=_COST, tol=_TOLERANCE, random_state=0).fit(matrix, owners)
    weights = model.coef_ if classes > 2 else np.vstack([-model.coef_, model.coef_])
    bias = model.intercept_ if classes > 2 else np.concatenate([-model.intercept_, model.intercept_])
    kept = np.abs(weights) > NEGLIGIBLE
    columns, terms = np.nonzero(kept)
    return Columns(terms, columns, weights[kept], bias.astype(np.float64))


def fit_columns(phrasings: sparse.csr_matrix, owners: Ints, classes: Sequence[int]) -> Columns:
    """The columns of a few classes, each fitted by itself; the bias of the others is 0. `phrasings` has one row each, `owners` their classes."""
    from sklearn.svm import LinearSVC

    bias = np.zeros(int(owners[-1]) + 1)
    found: list[tuple[Ints, Ints, Floats]] = [(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))]
    for c in classes:
        model = LinearSVC(C=_COST, tol=_TOLERANCE, random_state=0).fit(phrasings, owners == c)
        terms = np.flatnonzero(np.abs(model.coef_[0]) > NEGLIGIBLE)
        found.append((terms, np.full(len(terms), c), model.coef_[0][terms]))
        bias[c] = float(model.intercept_[0])
    terms, columns, weights = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return Columns(terms, columns, weights, bias)
