"""`make bench-growth`: what a reading and a fit cost with more and more phrasings, from the size of a small FAQ to a very large one.

The questions read are the same for every size: the development half of the labelled ones. One core.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from bench.grown import grown
from bench.labelled_sets import sample_content, sample_questions
from bench.machine import Machine, one_core
from bench.processes import ROOT
from nlu.content import Content
from nlu.evaluation.labelled import Row
from nlu.evaluation.plot import FORMATS
from nlu.evaluation.running import read_all
from nlu.learning.training import fit
from nlu.snapshot import Snapshot

SIZES = (100, 1_000, 10_000, 100_000)
FITTED_WHOLLY = 10_000
"""Up to so many phrasings everything is fitted: cross-fitting a larger content takes longer than anyone waits for a benchmark."""
_ROUNDS = 3
_LEAST = 20
_WARM_UP = 20
_BLUE, _ORANGE, _GREEN = "#0072B2", "#D55E00", "#009E73"  # of Okabe and Ito, told apart by colour-blind eyes
CAPTION = f"""\
ms: a reading without urgency, which does not grow with the content. fit: everything, cross-fitting for the gate included; left out above \
{FITTED_WHOLLY} phrasings. publish: the matcher alone, the gate taken over from the fit before, as when answers change a little. Phrasings beyond \
those of the sample content are its own with words and letters left out, swapped and added. s: seconds of the processor. One core."""
out = Console()


@dataclass(frozen=True)
class Cost:
    """What a content of so many phrasings costs: milliseconds a reading, processor seconds to fit (None: not tried) and to publish, megabytes."""

    phrasings: int
    answers: int
    ms_p50: float
    ms_p99: float
    fit_seconds: float | None
    publish_seconds: float
    index_mb: float


def measure(sizes: Sequence[int]) -> list[Cost]:
    """The cost of each size, the smallest first."""
    sample, rows = sample_content(), sample_questions()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    found: list[Cost] = []
    before: Snapshot | None = None
    # Drawn by hand: a thread that draws would take its time from the readings.
    with Progress(*columns, console=out, transient=True, auto_refresh=False) as progress:
        task = progress.add_task("", total=len(sizes))
        for size in sorted(sizes):
            progress.update(task, description=f"{size} phrasings", refresh=True)
            seconds = None
            if before is None or size <= FITTED_WHOLLY:
                before, seconds = _fitted(grown(sample, min(size, FITTED_WHOLLY)))
            found.append(_cost(grown(sample, size), before, seconds if size <= FITTED_WHOLLY else None, rows))
            progress.advance(task)
    return found


def _fitted(content: Content, previous: Snapshot | None = None) -> tuple[Snapshot, float]:
    began = time.process_time()  # others' work beside it does not count
    snapshot = fit(content, previous=previous)
    return snapshot, time.process_time() - began


def _cost(content: Content, before: Snapshot, fit_seconds: float | None, rows: Sequence[Row]) -> Cost:
    snapshot, publish_seconds = _fitted(content, before)
    for _ in read_all(snapshot, rows[:_WARM_UP]):  # the first readings fill caches
        pass
    spent = [one.milliseconds for _ in range(_ROUNDS) for one in read_all(snapshot, rows)]
    return Cost(
        phrasings=sum(len(entry.phrasings) for entry in content.answers),
        answers=len(content.answers),
        ms_p50=float(np.percentile(spent, 50)),
        ms_p99=float(np.percentile(spent, 99)),
        fit_seconds=fit_seconds,
        publish_seconds=publish_seconds,
        index_mb=snapshot.nbytes / 1e6,
    )


def table(costs: Sequence[Cost]) -> Table:
    """The costs, a size a row."""
    heads = ("phrasings", "answers", "ms p50", "ms p99", "fit s", "publish s", "MB")
    shown = Table(*heads)
    for one in costs:
        fitted = "–" if one.fit_seconds is None else f"{one.fit_seconds:.1f}"
        times = (f"{one.ms_p50:.2f}", f"{one.ms_p99:.2f}", fitted, f"{one.publish_seconds:.1f}")
        shown.add_row(f"{one.phrasings:_}".replace("_", " "), str(one.answers), *times, f"{one.index_mb:.1f}")
    return shown


def plot(costs: Sequence[Cost], file: Path) -> None:
    """Draw milliseconds a reading and seconds of a fit against phrasings, all by powers of ten."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4.6), layout="constrained")
    FigureCanvasAgg(figure)
    reading, fitting = figure.subplots(1, 2)
    sizes = [one.phrasings for one in costs]
    reading.plot(sizes, [one.ms_p50 for one in costs], color=_BLUE, marker="o", label="median")
    reading.plot(sizes, [one.ms_p99 for one in costs], color=_ORANGE, marker="D", label="99th percentile")
    reading.set(title="A reading", ylabel="Milliseconds")
    fitted = [one for one in costs if one.fit_seconds is not None]
    seconds = [one.fit_seconds or 0.0 for one in fitted]
    fitting.plot([one.phrasings for one in fitted], seconds, color=_ORANGE, marker="D", label="everything")
    fitting.plot(sizes, [one.publish_seconds for one in costs], color=_GREEN, marker="o", label="matcher alone")
    fitting.set(title="A fit", ylabel="Seconds of the processor")
    for axes in (reading, fitting):
        axes.set(xlabel="Phrasings", xscale="log", yscale="log")
        axes.grid(alpha=0.3)
        axes.legend(loc="upper left")
    figure.suptitle(f"Cost against content; {Machine.this()}", fontsize=10)
    figure.savefig(file, dpi=120)


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description=__doc__)
    parser.add_argument("--sizes", nargs="+", type=int, default=SIZES, help=f"numbers of phrasings, from {_LEAST} on")
    parser.add_argument("--plot", type=Path, default=ROOT / "var/bench/growth.png", help="the picture")
    parser.add_argument("--json", type=Path, help="write the costs to this file, too")
    options = parser.parse_args()
    if min(options.sizes) < _LEAST:
        raise SystemExit(f"a content of {min(options.sizes)} phrasings is too small: choose sizes from {_LEAST} on")
    if options.plot.suffix.lower() not in FORMATS:
        raise SystemExit(f"{options.plot} is no kind of picture: let its name end with {', '.join(FORMATS)}")
    for file in filter(None, (options.plot, options.json)):
        file.parent.mkdir(parents=True, exist_ok=True)
    with one_core():
        costs = measure(options.sizes)
    out.print(table(costs))
    out.print(CAPTION, style="dim")
    out.print(str(Machine.this()), style="dim")
    plot(costs, options.plot)
    if options.json:
        document = {"machine": Machine.this().as_dict(), "costs": [asdict(one) for one in costs]}
        options.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
