"""Vectors as the rows of one sparse matrix, which is what learning takes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from nlu.spaces import Vector


def matrix_of(rows: Sequence[Vector], width: int) -> sparse.csr_matrix:
    """One row a vector, over so many terms."""
    starts = np.cumsum([0, *(len(row.ids) for row in rows)])
    values, ids = np.concatenate([row.values for row in rows]), np.concatenate([row.ids for row in rows])
    return sparse.csr_matrix((values, ids, starts), (len(rows), width))
