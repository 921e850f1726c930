"""Classifier columns after Rocchio (1971, "Relevance feedback in information retrieval"): rougher than fitted ones, at no cost worth speaking of.

The direction of a class is the mean of its own phrasings less the mean of all, on the terms that its own phrasings have. Two points set its scale and
bias: what its own phrasings score on average, and what all others do.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from nlu.features import Floats, Ints

MARGINS = (1.0, -1.0)
"""What a support vector machine aims at for what is its own and what is not."""
NEGLIGIBLE = 0.01
"""Classifier weights up to this size are left out."""
_ALIKE = 1e-9


@dataclass(frozen=True)
class Columns:
    """Entries of a classifier, term by class, and the bias of each class."""

    terms: Ints
    classes: Ints
    weights: Floats
    bias: Floats


def rocchio(phrasings: sparse.csr_matrix, owners: Ints, level: tuple[float, float] = MARGINS) -> Columns:
    """A column for every class. `phrasings` has one row each, `owners` their classes; `level`: what own and other phrasings shall score."""
    count = np.bincount(owners).astype(np.float64)
    rows = np.arange(len(owners))
    means = sparse.csr_matrix((1.0 / count[owners], (owners, rows)), (len(count), len(owners))) @ phrasings
    overall = np.asarray(phrasings.mean(axis=0)).ravel()
    classes, terms = np.repeat(np.arange(len(count)), np.diff(means.indptr)), means.indices.astype(np.int64)
    own, everywhere = means.data, overall[terms]
    direction = own - everywhere
    share = count / len(owners)
    inside = np.bincount(classes, own * direction, len(count))
    outside = (np.bincount(classes, everywhere * direction, len(count)) - share * inside) / np.maximum(
        1 - share, _ALIKE
    )
    scale = (level[0] - level[1]) / np.maximum(inside - outside, _ALIKE)
    weights = direction * scale[classes]
    kept = np.abs(weights) > NEGLIGIBLE
    return Columns(terms[kept], classes[kept], weights[kept], level[1] - scale * outside)
