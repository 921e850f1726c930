"""Classifier columns for answers that have none, beside those that were fitted.

A column of a one-against-the-rest classifier does not depend on the other columns, so a few are simply fitted, as the whole would be: some 50 ms each with ten thousand
phrasings. Where there are many, that would take longer than customers should wait, and each is made after Rocchio (1971), scaled like the fitted ones: the direction is the mean of the answer's own phrasings less the mean of all, on the terms that its own phrasings have. Two points set its scale and bias: its own phrasings
score on average what those of the fitted classes score on their own column, and all other phrasings what those score on others'.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from nlu.features import Floats, Ints
from nlu.learning.matcher import NEGLIGIBLE, fit_column
from nlu.matching import SPACE_WEIGHTS, MatcherArrays
from nlu.postings import GONE, Postings, moved_entries

_SAMPLE = 1000
"""Phrasings that the scale is read off: more of them cost time and change its third digit."""
_MARGINS = (1.0, -1.0)
"""What a support vector machine aims at for what is its own and what is not: the scale where nothing fitted is left."""
_ALIKE = 1e-9
MOST_FITTED = 40
"""How many columns are fitted at the most: two seconds' work with ten thousand phrasings."""


@dataclass(frozen=True)
class Carried:
    """Where what was fitted is now: for each space the ids of the base's terms, and its classes, `GONE` where they are not."""

    terms: Sequence[Ints]
    classes: Ints


def classified(
    old: MatcherArrays, carried: Carried, indexes: Sequence[Postings], owners: Ints
) -> tuple[Postings, Floats]:
    """The classifier and its bias: the carried columns as they were, and those of the other classes.

    `indexes` and `owners` are those of the patched matcher.
    """
    offsets = np.cumsum([0, *(len(index.starts) - 1 for index in indexes)])
    ids = [np.where(own == GONE, GONE, own + offset) for own, offset in zip(carried.terms, offsets, strict=False)]
    rows, columns, weights = moved_entries(old.classifier, np.concatenate(ids), carried.classes)
    classes = int(owners[-1]) + 1
    bias = np.zeros(classes)
    stay = carried.classes != GONE
    bias[carried.classes[stay]] = old.bias[stay]
    phrasings = _phrasings(indexes)
    missing = sorted(set(range(classes)).difference(carried.classes.tolist()))
    if len(missing) <= MOST_FITTED:
        made = [fit_column(phrasings, owners == c) for c in missing]
    else:
        fitted = sparse.csr_matrix((weights, (rows, columns)), (phrasings.shape[1], classes))
        level = _level(phrasings, owners, fitted, bias, np.unique(carried.classes[stay]))
        made = [_rocchio(phrasings, owners == c, level) for c in missing]
    found = [(rows, columns, weights)]
    for c, (terms, values, own_bias) in zip(missing, made, strict=True):
        bias[c] = own_bias
        found.append((terms, np.full(len(terms), c), values))
    triples = [np.concatenate(parts) for parts in zip(*found, strict=True)]
    return Postings.from_triples(triples[0], triples[1], triples[2], (phrasings.shape[1], classes)), bias


def _phrasings(indexes: Sequence[Postings]) -> sparse.csr_matrix:
    """One row a phrasing: its vectors in all spaces side by side, as the classifier sees them."""
    spaces = [
        sparse.csc_matrix(
            (index.weights * np.float64(weight), np.ascontiguousarray(index.columns), index.starts),
            (index.width, len(index.starts) - 1),
        )
        for index, weight in zip(indexes, SPACE_WEIGHTS, strict=True)
    ]
    return sparse.hstack(spaces, format="csr")


def _level(
    phrasings: sparse.csr_matrix, owners: Ints, fitted: sparse.csr_matrix, bias: Floats, classes: Ints
) -> tuple[float, float]:
    """What phrasings score on their own fitted column, and on others', on average."""
    where = np.flatnonzero(np.isin(owners, classes))
    if not len(where):
        return _MARGINS
    where = where[:: max(1, len(where) // _SAMPLE)]
    scores = (phrasings[where] @ fitted).toarray() + bias
    own = scores[np.arange(len(where)), owners[where]]
    others = scores[:, classes].sum() - own.sum()
    return float(own.mean()), float(others / (len(where) * max(1, len(classes) - 1)))


def _rocchio(
    phrasings: sparse.csr_matrix, own: np.typing.NDArray[np.bool_], level: tuple[float, float]
) -> tuple[Ints, Floats, float]:
    """Terms, weights and bias of one column."""
    mean = np.asarray(phrasings[own].mean(axis=0)).ravel()
    terms = np.flatnonzero(mean)
    direction = mean[terms] - np.asarray(phrasings[:, terms].mean(axis=0)).ravel()
    scores = phrasings[:, terms] @ direction
    inside, outside = float(scores[own].mean()), float(scores[~own].mean())
    scale = (level[0] - level[1]) / max(inside - outside, _ALIKE)
    weights = direction * scale
    kept = np.abs(weights) > NEGLIGIBLE
    return terms[kept], weights[kept], level[1] - scale * outside
