"""A clock that tests turn by hand."""

from __future__ import annotations

import asyncio


class Clock:
    """Seconds that stand still until `now` is changed or somebody sleeps on it."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Others run first; then so much time has gone by."""
        due = self.now + seconds
        await asyncio.sleep(0)
        self.now = max(self.now, due)
