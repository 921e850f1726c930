"""The machine a measurement is made on, and keeping to one of its cores."""

from __future__ import annotations

import contextlib
import os
import platform
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime


@dataclass(frozen=True)
class Machine:
    """Where and when something was measured. `cores` are those of the machine, of which `one_core` uses one."""

    date: str
    system: str
    processor: str
    cores: int
    python: str

    @classmethod
    def this(cls) -> Machine:
        """The one that this runs on."""
        return cls(
            date=datetime.now(UTC).date().isoformat(),
            system=f"{platform.system()} {platform.release()}",
            processor=platform.machine(),
            cores=os.cpu_count() or 1,
            python=platform.python_version(),
        )

    def as_dict(self) -> dict[str, str | int]:
        """The machine as JSON-ready data."""
        return asdict(self)

    def whole(self) -> str:
        """The machine, where all of it is used."""
        return self._told(f"{self.cores} cores")

    def __str__(self) -> str:
        return self._told(f"one of {self.cores} cores")

    def _told(self, cores: str) -> str:
        return f"{self.date}, {cores}, {self.system} {self.processor}, Python {self.python}"


@contextlib.contextmanager
def one_core() -> Iterator[None]:
    """Everything inside, child processes too, has one core: so libraries that use more threads than others do not look better."""
    from threadpoolctl import threadpool_limits

    allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    if allowed:
        os.sched_setaffinity(0, {max(allowed)})  # the first is where systems put their interrupts
    try:
        with threadpool_limits(1):  # of threads that were started before
            yield
    finally:
        if allowed:
            os.sched_setaffinity(0, allowed)
