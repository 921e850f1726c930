"""How long these tests take, and how a run is repeated.

`FRONTLINE_SOAK=100` makes them a hundred times as long, 0.1 a tenth; `FRONTLINE_SEED` repeats the choices of the run that printed it. A machine that is
busy with other things is given more time by `FRONTLINE_PATIENCE` (seconds a test may take).
"""

from __future__ import annotations

import os
import random

SOAK = float(os.environ.get("FRONTLINE_SOAK", "1"))
PATIENCE = float(os.environ.get("FRONTLINE_PATIENCE", 300 * max(1.0, SOAK)))


def scaled(number: int) -> int:
    """So many, in the measure of this run."""
    return max(1, round(number * SOAK))


def chance() -> random.Random:
    """Where all random choices of a test come from. What draws from `random` itself draws the same again, too."""
    seed = int(os.environ.get("FRONTLINE_SEED", random.randrange(10**6)))
    print(f"FRONTLINE_SEED={seed}")
    random.seed(seed)
    return random.Random(seed)
