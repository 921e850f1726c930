"""Classifier columns for answers that have none, beside those that were fitted.

A column of a one-against-the-rest classifier does not depend on the other columns, so a few are simply fitted, as the whole would be: some 50 ms each with ten thousand
phrasings. Where there are many, that would take longer than customers should wait, and each is made after Rocchio, scaled like the fitted ones: its own phrasings score on average what those of the fitted classes score on their own column, and all other phrasings what
those score on others'.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from nlu.features import Floats, Ints
from nlu.learning.matcher import fit_columns
from nlu.learning.rocchio import MARGINS, rocchio
from nlu.matching import MatcherArrays
from nlu.postings import GONE, Postings, moved_entries

_SAMPLE = 1000
"""Phrasings that the scale is read off: more of them cost time and change its third digit."""
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
    missing = np.setdiff1d(np.arange(classes), carried.classes)
    if len(missing) <= MOST_FITTED:
        made = fit_columns(phrasings, owners, missing.tolist())
    else:
        fitted = sparse.csr_matrix((weights, (rows, columns)), (phrasings.shape[1], classes))
        level = _level(phrasings, owners, fitted, bias, np.unique(carried.classes[stay]))
        made = rocchio(phrasings, owners, level)
    new = np.isin(made.classes, missing)
    bias[missing] = made.bias[missing]
    terms, owning = np.concatenate([rows, made.terms[new]]), np.concatenate([columns, made.classes[new]])
    values = np.concatenate([weights, made.weights[new]])
    return Postings.from_triples(terms, owning, values, (phrasings.shape[1], classes)), bias


def _phrasings(indexes: Sequence[Postings]) -> sparse.csr_matrix:
    """One row a phrasing: its vectors in all spaces side by side, as the classifier sees them."""
    spaces = [
        sparse.csc_matrix(
            (index.weights.astype(np.float64), np.ascontiguousarray(index.columns), index.starts),
            (index.width, len(index.starts) - 1),
        )
        for index in indexes
    ]
    return sparse.hstack(spaces, format="csr")


def _level(
    phrasings: sparse.csr_matrix, owners: Ints, fitted: sparse.csr_matrix, bias: Floats, classes: Ints
) -> tuple[float, float]:
    """What phrasings score on their own fitted column, and on others', on average."""
    where = np.flatnonzero(np.isin(owners, classes))
    if not len(where):
        return MARGINS
    where = where[:: max(1, len(where) // _SAMPLE)]
    scores = (phrasings[where] @ fitted).toarray() + bias
    own = scores[np.arange(len(where)), owners[where]]
    others = scores[:, classes].sum() - own.sum()
    return float(own.mean()), float(others / (len(where) * max(1, len(classes) - 1)))
