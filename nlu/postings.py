"""An inverted index: for each term the columns (phrasings, classes) it speaks for, and how much.

The run-time kernel of matching. `np.bincount` and whole rows added one by one keep a fixed order, unlike BLAS, so scores are equal on
every machine and version.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from nlu.features import Floats, Ints
from nlu.spaces import Vector

_ALIKE = 1e-9
_LONG = 24
_WIDE = 4096
_CROWDED = 1 / 6
_BLOCK = 64


@dataclass(frozen=True)
class Postings:
    """A sparse matrix terms × columns by rows. An entry is a column (int32) and its weight (float32) side by side in eight bytes, read at once."""

    starts: Ints
    entries: Ints
    width: int

    @classmethod
    def from_triples(cls, rows: Ints, columns: Ints, weights: Floats, shape: tuple[int, int]) -> Postings:
        """Build from entries in any order; `shape` is (terms, columns)."""
        order = np.argsort(
            rows * shape[1] + columns, kind="stable"
        )  # one key: nearly sorted entries are sorted in no time
        starts = np.zeros(shape[0] + 1, np.int64)
        np.cumsum(np.bincount(rows, minlength=shape[0]), out=starts[1:])
        return cls(starts, _entries(columns[order], weights[order]), shape[1])

    @classmethod
    def of_vectors(cls, vectors: Sequence[Vector], terms: int) -> Postings:
        """An index of the vectors over so many terms: a column each."""
        rows = np.concatenate([vector.ids for vector in vectors])
        columns = np.repeat(np.arange(len(vectors)), [len(vector.ids) for vector in vectors])
        values = np.concatenate([vector.values for vector in vectors])
        return cls.from_triples(rows, columns, values, (terms, len(vectors)))

    @property
    def columns(self) -> npt.NDArray[np.int32]:
        """The column of each entry."""
        return _columns(self.entries)

    @property
    def weights(self) -> npt.NDArray[np.float32]:
        """The weight of each entry."""
        return _weights(self.entries)

    def scores(self, vector: Vector) -> Floats:
        """The product vector × matrix: one score a column."""
        places, whole = self._crowded
        place = places[vector.ids]
        few, many = place < 0, place >= 0
        scores = self._sum(vector.ids[few], vector.values[few])
        for row, value in zip(place[many].tolist(), vector.values[many].tolist(), strict=True):
            scores += whole[row] * value
        return scores

    @cached_property
    def _crowded(self) -> tuple[Ints, Floats]:
        """The rows of terms that speak for much of a wide matrix, written out: adding a whole row then takes less than its entries.

        First for each term the place of its row, or -1.
        """
        crowded = np.flatnonzero(np.diff(self.starts) > max(_CROWDED * self.width, _WIDE * _CROWDED))
        places = np.full(len(self.starts) - 1, -1, np.int64)
        places[crowded] = np.arange(len(crowded))
        rows = np.zeros((len(crowded), self.width))
        for row, term in zip(rows, crowded.tolist(), strict=True):
            own = slice(self.starts[term], self.starts[term + 1])
            row[_columns(self.entries[own])] = _weights(self.entries[own])
        return places, rows

    def _sum(self, ids: Ints, values: Floats) -> Floats:
        begins = self.starts[ids]
        ends = self.starts[ids + 1]
        counts = ends - begins
        if not counts.any():
            return np.zeros(self.width)
        picked = self._picked(begins, ends, counts)
        weights = _weights(picked) * np.repeat(values, counts)
        return np.bincount(_columns(picked), weights, self.width).astype(np.float64, copy=False)

    def _picked(self, begins: Ints, ends: Ints, counts: Ints) -> Ints:
        """All entries in the given ranges. Long ranges are copied one by one, short ones picked entry by entry."""
        total = int(counts.sum())
        if total > _LONG * len(counts):
            ranges = zip(begins.tolist(), ends.tolist(), strict=True)
            return np.concatenate([self.entries[begin:end] for begin, end in ranges])
        return self.entries[np.arange(total) + np.repeat(ends - np.cumsum(counts), counts)]

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """The arrays to store."""
        columns, weights = np.ascontiguousarray(self.columns), np.ascontiguousarray(self.weights)
        return {"starts": self.starts, "columns": columns, "weights": weights, "width": np.array(self.width)}

    @classmethod
    def from_arrays(cls, arrays: dict[str, npt.NDArray[Any]]) -> Postings:
        """Read back what `arrays` gave."""
        entries = _entries(arrays["columns"], arrays["weights"])
        return cls(arrays["starts"].astype(np.int64), entries, int(arrays["width"].item()))


def _entries(columns: npt.NDArray[Any], weights: npt.NDArray[Any]) -> Ints:
    pairs = np.empty((len(columns), 2), np.int32)
    pairs[:, 0] = columns
    pairs[:, 1] = weights.astype(np.float32).view(np.int32)
    return pairs.reshape(-1).view(np.int64)


def _columns(entries: Ints) -> npt.NDArray[np.int32]:
    return entries.view(np.int32)[::2]


def _weights(entries: Ints) -> npt.NDArray[np.float32]:
    return entries.view(np.float32)[1::2]


def nearest(scores: Floats, count: int) -> Ints:
    """The columns with the highest positive scores, at most `count`: best first, of equals the one that comes first."""
    where = np.flatnonzero(scores >= max(_ALIKE, _least(_best_of_blocks(scores), count)))
    where = where[scores[where] >= _least(scores[where], count)][: 5 * count]
    return where[np.argsort(-scores[where], kind="stable")][:count]


def _best_of_blocks(scores: Floats) -> Floats:
    """The best score of each block: the block's own column, so that the tenth best of blocks is no better than the tenth best of all."""
    whole = len(scores) // _BLOCK * _BLOCK
    best: Floats = scores[:whole].reshape(-1, _BLOCK).max(axis=1)
    return best


def _least(scores: Floats, count: int) -> float:
    """The `count`th best of the scores; below all of them where there are fewer."""
    return float(np.partition(scores, len(scores) - count)[len(scores) - count]) if len(scores) >= count else -np.inf


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
