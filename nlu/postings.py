"""An inverted index: for each term the columns (phrasings, classes) it speaks for, and how much.

The run-time kernel of matching. `np.bincount` adds in a fixed order, unlike BLAS, so scores are equal on every machine and version.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nlu.features import Floats, Ints, Vector

_ALIKE = 1e-9


@dataclass(frozen=True)
class Postings:
    """A sparse matrix terms × columns by rows."""

    starts: Ints
    columns: npt.NDArray[np.int32]
    weights: npt.NDArray[np.float32]
    width: int

    @classmethod
    def from_triples(cls, rows: Ints, columns: Ints, weights: Floats, shape: tuple[int, int]) -> Postings:
        """Build from entries in any order; `shape` is (terms, columns)."""
        order = np.argsort(
            rows * shape[1] + columns, kind="stable"
        )  # one key: nearly sorted entries are sorted in no time
        starts = np.zeros(shape[0] + 1, np.int64)
        np.cumsum(np.bincount(rows, minlength=shape[0]), out=starts[1:])
        return cls(starts, columns[order].astype(np.int32), weights[order].astype(np.float32), shape[1])

    def scores(self, vector: Vector) -> Floats:
        """The product vector × matrix: one score a column."""
        begins = self.starts[vector.ids]
        counts = self.starts[vector.ids + 1] - begins
        total = int(counts.sum())
        if total == 0:
            return np.zeros(self.width)
        offsets = np.cumsum(counts) - counts
        where = np.arange(total) + np.repeat(begins - offsets, counts)
        weights = self.weights[where] * np.repeat(vector.values, counts)
        return np.bincount(self.columns[where], weights, self.width).astype(np.float64, copy=False)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """The arrays to store."""
        return {"starts": self.starts, "columns": self.columns, "weights": self.weights, "width": np.array(self.width)}

    @classmethod
    def from_arrays(cls, arrays: dict[str, npt.NDArray[Any]]) -> Postings:
        """Read back what `arrays` gave."""
        return cls(
            arrays["starts"].astype(np.int64),
            arrays["columns"].astype(np.int32),
            arrays["weights"].astype(np.float32),
            int(arrays["width"].item()),
        )


def nearest(scores: Floats, count: int) -> Ints:
    """The columns with the highest positive scores, at most `count`: best first, of equals the one that comes first."""
    if len(scores) > count:
        bound = float(np.partition(scores, len(scores) - count)[len(scores) - count])
        where = np.flatnonzero(scores >= max(bound, _ALIKE))[: 5 * count]
    else:
        where = np.flatnonzero(scores >= _ALIKE)
    return where[np.argsort(-scores[where], kind="stable")][:count]


GONE = -1
"""Instead of an id that there is no more."""


def rows_of(postings: Postings) -> Ints:
    """The row (term) of each entry."""
    return np.repeat(np.arange(len(postings.starts) - 1), np.diff(postings.starts))


def moved_entries(postings: Postings, rows: Ints, columns: Ints) -> tuple[Ints, Ints, Floats]:
    """(rows, columns, weights) of the entries that stay when row r becomes `rows[r]` and column c `columns[c]`, `GONE` being nowhere."""
    row, column = rows[rows_of(postings)], columns[postings.columns]
    stay = (row != GONE) & (column != GONE)
    return row[stay], column[stay], postings.weights[stay].astype(np.float64)
