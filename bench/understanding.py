"""`make bench-understanding DATA=<folder>`: understanding on labelled sets, beside Rasa's recommended pipeline and three floors.

All learn from the same files and read the same test rows, one alone after the other, on one core.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from rich.box import SIMPLE
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

from bench.labelled_sets import NAMES, SAMPLE, SMALL, Questions, read_set
from bench.machine import Machine, one_core
from bench.peers import Bm25, Fuzzy, NearestTfidf, Tick, diet, floor, this_project
from bench.processes import RASA_PYTHON
from bench.scores import Run, Score, score
from nlu.evaluation.labelled import Unreadable
from nlu.triage import TriageSettings

EPOCHS = 100  # Rasa's own default
PROMISE = TriageSettings().promised_precision
CAPTION = """\
R@5: questions in scope with a right answer among the first five. \
Correct at {promise:.0%}: questions in scope that come out right when a threshold on confidence is set so that {promise:.0%} of all answers given \
are right, an answer out of scope being wrong. The threshold is the best one there is for the test rows, chosen by looking at them: an upper bound, \
for every system alike. As decided: the questions in scope that this project does answer, and rightly, by the threshold it sets itself from the \
training rows alone, and in brackets how much of all it answers is right; the others set no such threshold. ms: a reading, median. \
fit s: seconds of the processor. One core."""

System = Callable[[Questions, Tick], Run]
Scores = dict[str, Score]
out = Console()


def systems(promise: float, epochs: int, *, with_diet: bool) -> dict[str, System]:
    """What is measured, by the name it has in the table."""
    found: dict[str, System] = {"this project": this_project(promise)}
    if with_diet:
        found["Rasa DIET"] = diet(epochs)
    return found | {"1-NN TF-IDF": floor(NearestTfidf), "BM25": floor(Bm25), "rapidfuzz": floor(Fuzzy)}


def measure(
    sets: Sequence[Questions], running: Mapping[str, System], promise: float, keep: Callable[[str, Scores], None]
) -> None:
    """Run every system on every set; `keep` gets the scores of a set as soon as they are there."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    # Drawn by hand: a thread that draws would take its time from the readings.
    with Progress(*columns, console=out, transient=True, auto_refresh=False) as progress:
        task = progress.add_task("", total=len(sets) * len(running))
        for questions in sets:
            found: Scores = {}
            for name, system in running.items():
                progress.update(task, description=f"{questions.name}: {name}", refresh=True)
                found[name] = score(questions.test, system(questions, progress.refresh), promise)
                progress.advance(task)
            out.print(questions.about(), style="bold", soft_wrap=True)
            out.print(table(found, promise))
            keep(questions.name, found)


def table(found: Scores, promise: float) -> Table:
    """The scores of a set."""
    heads = ("accuracy", "R@5", "AUROC", f"correct at {promise:.0%}", "as decided", "ms", "fit s")
    shown = Table(Column("", no_wrap=True), *heads, box=SIMPLE)
    for name, one in found.items():
        shares = tuple(map(_shown, (one.accuracy, one.recall_at_5, one.auroc, one.correct_at_promise)))
        decided = f"{_shown(one.decided_correct)} ({_shown(one.decided_precision)})"
        if one.decided_correct is None:
            decided = "–"
        shown.add_row(name, *shares, decided, f"{one.ms_p50:.1f}", f"{one.fit_seconds:.1f}")
    return shown


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def read_sets(names: Sequence[str], folder: Path | None) -> list[Questions]:
    """The sets by their names. Ends the program with what to do where one cannot be read."""
    public = [name for name in names if name != SAMPLE]
    if public and folder is None:
        hint = f"name their folder (make bench-understanding DATA=<folder>), or measure `--sets {SAMPLE}` alone"
        raise SystemExit(f"{', '.join(public)}: these sets are not part of this project; {hint}")
    try:
        return [read_set(name, folder) for name in names]
    except Unreadable as error:
        hint = "bench/labelled_sets.py and bench/faq_sets.py tell which files a set has, and their form; --sets chooses others"
        raise SystemExit(f"{error}\n{hint}") from None


def writer(file: Path | None, promise: float, epochs: int) -> Callable[[str, Scores], None]:
    """Writes all scores so far as JSON, so that a long run that is ended leaves what it found."""
    document = {"machine": Machine.this().as_dict(), "promise": promise, "epochs": epochs}
    kept: dict[str, dict[str, dict[str, float | None]]] = {}

    def keep(name: str, found: Scores) -> None:
        kept[name] = {system: asdict(one) for system, one in found.items()}
        if file is not None:
            file.write_text(json.dumps({**document, "sets": kept}, indent=2) + "\n", encoding="utf-8")

    return keep


def _share(text: str) -> float:
    value = float(text)
    if not 0.5 <= value < 1.0:
        raise argparse.ArgumentTypeError(f"{text} is not a share from 0.5 to below 1, such as 0.9")
    return value


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(prog="python -m bench.understanding", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", help="where the public sets are, each in a folder of its own")
    parser.add_argument("--sets", nargs="+", choices=NAMES, help=f"what to measure on; otherwise {', '.join(SMALL)}")
    parser.add_argument("--precision", type=_share, default=PROMISE, help="share of answers that has to be right")
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="how long DIET is trained")
    parser.add_argument("--without-diet", action="store_true", help="leave DIET out, which takes nearly all the time")
    parser.add_argument("--json", type=Path, help="write the scores to this file, too")
    options = parser.parse_args()
    if not options.without_diet and not RASA_PYTHON.exists():
        raise SystemExit(f"there is no {RASA_PYTHON}: run `make install`, or leave DIET out with --without-diet")
    if options.json and not options.json.parent.is_dir():
        raise SystemExit(f"there is no folder {options.json.parent}: make it, or name another with --json")
    sets = read_sets(options.sets or SMALL, options.folder)
    running = systems(options.precision, options.epochs, with_diet=not options.without_diet)
    with one_core():
        measure(sets, running, options.precision, writer(options.json, options.precision, options.epochs))
    if not options.without_diet:
        out.print(f"DIET: Rasa's recommended pipeline, {options.epochs} epochs.", style="dim")
    out.print(CAPTION.format(promise=options.precision), style="dim")
    out.print(str(Machine.this()), style="dim")


if __name__ == "__main__":
    main()
