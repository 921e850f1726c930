"""What every kind of test may use."""

from __future__ import annotations

import os

os.environ.setdefault("PTB_TIMEDELTA", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
