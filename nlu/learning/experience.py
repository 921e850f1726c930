"""What is known of matches before a content is: trials of other contents, which come with the library.

A content with a question an answer has no trials of its own; one with a few phrasings has few. These stand beside them, as the observations
that a conjugate prior is worth (Raiffa and Schlaifer 1961), and count for less the more of its own there are. They teach the gate what
a doubtful match looks like; they never prove anything. `make experience` makes them, from cuts of the sample content.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nlu.features import Floats

FILE = Path(__file__).with_name("data") / "experience.npz"


@dataclass(frozen=True)
class Experience:
    """The evidence of each trial, one row each, and whether the best candidate was right."""

    rows: Floats
    right: npt.NDArray[np.bool_]


@lru_cache(maxsize=1)
def experience() -> Experience:
    """What comes with the library."""
    with np.load(FILE, allow_pickle=False) as stored:
        return Experience(stored["rows"].astype(np.float64), stored["right"])
