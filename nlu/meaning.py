"""What phrasings mean, as the vectors of a sentence encoder, and how near a text is to them.

The same snapshot must read alike everywhere, but the last digits of an encoder differ from version to version and from processor to
processor (by 2e-7, measured on all-MiniLM-L6-v2). So whatever leaves here is rounded to hundredths: one similarity in 100 000 then still
falls on another side of a step, and nothing was found worse for it than for thousandths. Between encoder and rounding nothing adds to the
difference: vectors are whole numbers, so small that float32 holds every sum of their products exactly, in whatever order a library adds them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nlu.encoder import Vectors
from nlu.features import Floats, Ints
from nlu.postings import GONE

_SCALE = 2.0**10
"""Phrasings: whole numbers up to so much; half a step is less than what is rounded off in the end."""
_COARSE, _FINE = 2.0**13, 2.0**9
"""A text has two parts, so that it loses nothing that the encoder is sure of: with `_SCALE` both stay below 2^24."""
_STEPS = 100.0


@dataclass(frozen=True)
class Meanings:
    """One row a phrasing: its vector of unit length in whole numbers."""

    rows: Vectors

    @classmethod
    def of(cls, vectors: Vectors) -> Meanings:
        """The meanings of encoded phrasings."""
        return cls(np.rint(vectors * np.float32(_SCALE)))

    @classmethod
    def from_array(cls, array: npt.NDArray[Any]) -> Meanings:
        """Read back what `array` gave."""
        return cls(array.astype(np.float32))

    @property
    def array(self) -> npt.NDArray[np.int16]:
        """The array to store."""
        return self.rows.astype(np.int16)

    def nearness(self, vector: Vectors) -> Floats:
        """The cosine of a text's vector to each phrasing, to the hundredth."""
        scaled = vector.astype(np.float64) * _COARSE
        coarse = np.rint(scaled)
        cosine = (self._sums(coarse) + self._sums(np.rint((scaled - coarse) * _FINE)) / _FINE) / (_SCALE * _COARSE)
        return np.asarray(np.rint(cosine * _STEPS) / _STEPS, np.float64)

    def _sums(self, whole: Floats) -> Floats:
        """The products with one part of a text. Apart from each other they take a third of the time of both at once."""
        return np.asarray(self.rows @ whole.astype(np.float32), np.float64)

    def moved(self, source: Ints, fresh: Vectors) -> Meanings:
        """The rows in another order: row r was `source[r]`, or is the next of `fresh` where that is `GONE`."""
        new = source == GONE
        rows = self.rows[source]
        if new.any():
            rows[new] = self.of(fresh).rows
        return Meanings(rows)
