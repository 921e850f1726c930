"""How a soak went, over time: rate, what was open, memory and disk; as lines and as a picture."""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

_BLUE, _ORANGE, _GREEN = "#0072B2", "#D55E00", "#009E73"  # of Okabe and Ito, told apart by colour-blind eyes


@dataclass(frozen=True)
class Sample:
    """A moment: seconds since the beginning, messages stored by then, work that was open, bytes of memory and of disk."""

    at: float
    messages: int
    open_work: int
    memory: int
    disk: int


class Course:
    """All moments. `kills` are the seconds at which the product was killed."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self.samples: list[Sample] = []
        self.kills: list[float] = []

    @property
    def now(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self._began

    def grown(self) -> str:
        """What memory and disk have come to. Memory is compared by medians, for each death sets it back."""
        quarter = max(1, len(self.samples) // 4)
        first, last = self.samples[:quarter], self.samples[-quarter:]
        memory = [median(one.memory for one in part) / 1e6 for part in (first, last)]
        messages = self.samples[-1].messages - self.samples[0].messages
        disk = self.samples[-1].disk - self.samples[0].disk
        each = f", {disk / messages / 1000:.1f} kB a message" if messages else ""
        return f"memory {memory[0]:.0f} → {memory[1]:.0f} MB (first and last quarter), disk {disk / 1e6:+.1f} MB{each}"


def rates(samples: Sequence[Sample]) -> list[float]:
    """Messages a second between each sample and the one before; the first has none before and gets 0."""
    found = [0.0]
    for before, after in itertools.pairwise(samples):
        found.append((after.messages - before.messages) / max(after.at - before.at, 1e-9))
    return found


def plot(course: Course, title: str, file: Path) -> None:
    """Draw rate, open work, memory and disk over time; a line for each kill."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 8), layout="constrained")
    FigureCanvasAgg(figure)
    rate, waiting, memory = figure.subplots(3, 1, sharex=True)
    minutes = [one.at / 60 for one in course.samples]
    rate.plot(minutes, rates(course.samples), color=_BLUE)
    rate.set(ylabel="Messages a second")
    waiting.plot(minutes, [one.open_work for one in course.samples], color=_ORANGE)
    waiting.set(ylabel="Messages and replies open")
    memory.plot(minutes, [one.memory / 1e6 for one in course.samples], color=_GREEN, label="memory")
    memory.plot(minutes, [one.disk / 1e6 for one in course.samples], color=_BLUE, linestyle="--", label="disk")
    memory.set(ylabel="MB", xlabel="Minutes; grey: the front line was killed")
    memory.legend(loc="upper left")
    for axes in (rate, waiting, memory):
        axes.grid(alpha=0.3)
        axes.set_ylim(bottom=0)
        for at in course.kills:
            axes.axvline(at / 60, color="0.8", zorder=0)
    figure.suptitle(title, fontsize=10)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=120)
