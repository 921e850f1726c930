"""`make bench-understanding DATA=<folder>`: understanding on labelled sets, beside Rasa's recommended pipeline and two floors.

All learn from the same files and read the same test rows, one alone after the other, on one core.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from bench.labelled_sets import NAMES, SAMPLE, SMALL, Questions, read_set
from bench.machine import Machine, one_core
from bench.peers import Fuzzy, NearestTfidf, Tick, diet, floor, this_project
from bench.processes import RASA_PYTHON
from bench.scores import Run, Score, score
from nlu.evaluation.labelled import Unreadable
from nlu.triage import TriageSettings

EPOCHS = 100  # Rasa's own default
PROMISE = TriageSettings().promised_precision
CAPTION = f"""\
Correct at {PROMISE:.0%}: questions in scope that come out right when a threshold on confidence is set so that {PROMISE:.0%} of all answers given are \
right, an answer out of scope being wrong. The threshold is the best one there is for the test rows, chosen by looking at them: an upper bound, \
for every system alike. Decides: what this project does answer, and how much of that is right, by the threshold it sets itself from the training \
rows alone; the others set none. ms: a reading, median. Everything on one core."""

System = Callable[[Questions, Tick], Run]
Scores = dict[str, Score]
out = Console()


def systems(epochs: int, *, with_diet: bool) -> dict[str, System]:
    """What is measured, by the name it has in the table."""
    found: dict[str, System] = {"this project": this_project}
    if with_diet:
        found[f"Rasa DIET, {epochs} epochs"] = diet(epochs)
    return found | {"1-NN TF-IDF": floor(NearestTfidf), "rapidfuzz alone": floor(Fuzzy)}


def measure(sets: Sequence[Questions], running: Mapping[str, System], keep: Callable[[str, Scores], None]) -> None:
    """Run every system on every set; `keep` gets the scores of a set as soon as they are there."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    # Drawn by hand: a thread that draws would take its time from the readings.
    with Progress(*columns, console=out, transient=True, auto_refresh=False) as progress:
        task = progress.add_task("", total=len(sets) * len(running))
        for questions in sets:
            found: Scores = {}
            for name, system in running.items():
                progress.update(task, description=f"{questions.name}: {name}", refresh=True)
                found[name] = score(questions.test, system(questions, progress.refresh), PROMISE)
                progress.advance(task)
            out.print(table(questions, found))
            keep(questions.name, found)


def table(questions: Questions, found: Scores) -> Table:
    """The scores of a set."""
    heads = ("accuracy", "AUROC", f"correct at {PROMISE:.0%}", "decides: correct, precision", "ms", "fit s")
    shown = Table("", *heads, title=questions.about(), title_justify="left", title_style="bold")
    for name, one in found.items():
        decides = "–"
        if one.decided_correct is not None:
            decides = f"{_shown(one.decided_correct)}, {_shown(one.decided_precision)}"
        shares = (_shown(one.accuracy), _shown(one.auroc), _shown(one.correct_at_promise))
        shown.add_row(name, *shares, decides, f"{one.ms_p50:.1f}", f"{one.fit_seconds:.1f}")
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
        hint = "bench/labelled_sets.py tells which files a set has, docs/understanding.md their form; --sets chooses others"
        raise SystemExit(f"{error}\n{hint}") from None


def writer(file: Path | None, epochs: int) -> Callable[[str, Scores], None]:
    """Writes all scores so far as JSON, so that a long run that is ended leaves what it found."""
    document = {"machine": Machine.this().as_dict(), "promise": PROMISE, "epochs": epochs}
    kept: dict[str, dict[str, dict[str, float | None]]] = {}

    def keep(name: str, found: Scores) -> None:
        kept[name] = {system: asdict(one) for system, one in found.items()}
        if file is not None:
            file.write_text(json.dumps({**document, "sets": kept}, indent=2) + "\n", encoding="utf-8")

    return keep


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(prog="python -m bench.understanding", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", help="where the public sets are, each in a folder of its own")
    parser.add_argument("--sets", nargs="+", choices=NAMES, help=f"what to measure on; otherwise {', '.join(SMALL)}")
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="how long DIET is trained")
    parser.add_argument("--without-diet", action="store_true", help="leave DIET out, which takes nearly all the time")
    parser.add_argument("--json", type=Path, help="write the scores to this file, too")
    options = parser.parse_args()
    if not options.without_diet and not RASA_PYTHON.exists():
        raise SystemExit(f"there is no {RASA_PYTHON}: run `make install`, or leave DIET out with --without-diet")
    if options.json and not options.json.parent.is_dir():
        raise SystemExit(f"there is no folder {options.json.parent}: make it, or name another with --json")
    sets = read_sets(options.sets or SMALL, options.folder)
    running = systems(options.epochs, with_diet=not options.without_diet)
    with one_core():
        measure(sets, running, writer(options.json, options.epochs))
    out.print(CAPTION, style="dim")
    out.print(str(Machine.this()), style="dim")


if __name__ == "__main__":
    main()
