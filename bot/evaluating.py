"""`frontline evaluate`: how well the matcher and its gate do on labelled questions."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from bot.errors import Fault, SettingsError
from bot.settings import Settings
from bot.snapshots import open_encoder, open_store, published_content, triage_settings
from nlu.content import Content
from nlu.evaluation.labelled import Row, Unreadable, read_labelled
from nlu.evaluation.plot import FORMATS, plot
from nlu.evaluation.running import Figures, Fitted, Measured, figures, fit_timed, read_all
from nlu.evaluation.teaching import content_from, for_questions_only, unknown_labels, with_outcomes

LANGUAGES = ("de", "en")
_STEPS = 12  # a second: how often the bar is drawn; in a thread of its own it would be timed with the readings
_MEANINGS = {
    "accuracy": "the best candidate is right (P@1)",
    "mrr": "mean reciprocal rank of the right answer",
    "recall_at_5": "the right answer is among five candidates",
    "auroc": "confidence tells questions with an answer from those without",
    "aurc": "mean share of errors, the most confident first (less is better)",
    "correct_at_target": "answered at once, and rightly",
    "precision_at_target": "answers given that are right",
    "false_handoff": "handed over though the best candidate was right",
    "missed_handoff": "questions nobody can answer that got an answer",
    "clarified": "asked back",
    "clarified_hit": "asked back, the right answer among the buttons",
    "calibration_error": "how far confidence is from the share that is right",
    "ms_p50": "milliseconds a reading, median",
    "ms_p99": "milliseconds a reading, 99th percentile",
    "fit_seconds": "seconds to fit",
    "index_mb": "megabytes of arrays",
    "n_test": "questions read",
}


@dataclass(frozen=True)
class Order:
    """What is to be measured and where to write it; without `train` the store's published content is, without `encoder` the one that is set."""

    test: Path
    train: tuple[Path, ...] = ()
    tune: Path | None = None
    out_of_scope: frozenset[str] = frozenset()
    language: str | None = None
    json: Path | None = None
    plot: Path | None = None
    encoder: Path | None = None


@dataclass(frozen=True)
class _Rows:
    train: list[Row]
    tune: list[Row]
    test: list[Row]


def evaluate(settings: Settings, order: Order, out: Console) -> None:
    """Fit, read the test file, report. Raises SettingsError with all faults of options and files."""
    rows = _read(order)
    encoder = open_encoder(order.encoder or settings.understanding.encoder)
    content = _content(settings, order, rows.train)
    _warn(content, rows, out)
    if rows.tune:
        content = with_outcomes(content, rows.tune, order.language)
    triage = triage_settings(settings)
    fitted = _fit(out, lambda say: fit_timed(content, triage, say, encoder))
    measured = _measure(fitted, rows.test, out)
    found = figures(measured, fitted)
    out.print(_table(found, triage.promised_precision))
    try:
        if order.json:
            order.json.write_text(json.dumps(found.as_dict(), indent=2) + "\n", encoding="utf-8")
        if order.plot:
            plot(measured, found, triage.promised_precision, order.plot)
    except OSError as error:
        wrong = f"{error.filename} cannot be written: {error.strerror}"
        raise SettingsError([Fault("evaluation.output", wrong, "name another file")]) from None


def _read(order: Order) -> _Rows:
    faults = _faults_of_options(order)

    def read(file: Path) -> list[Row]:
        try:
            return read_labelled(file, order.out_of_scope)
        except Unreadable as error:
            faults.extend(
                Fault("evaluation.file", f"{file}{f', line {one.line}' if one.line else ''}: {one.wrong}", one.hint)
                for one in error.faults
            )
            return []

    train = [row for file in order.train for row in read(file)]
    rows = _Rows(train, read(order.tune) if order.tune else [], read(order.test))
    if order.train and not faults and not any(row.labels for row in train):
        hint = "name a training file with questions that have an answer"
        faults.append(Fault("evaluation.train", "every training row is out of scope", hint))
    if faults:
        raise SettingsError(faults)
    return rows


def _faults_of_options(order: Order) -> list[Fault]:
    faults = []
    if order.language not in (None, *LANGUAGES):
        faults.append(Fault("evaluation.language", f"there is no language {order.language!r}", "choose de or en"))
    if order.plot and order.plot.suffix.lower() not in FORMATS:
        hint = f"let its name end with {', '.join(FORMATS)}"
        faults.append(Fault("evaluation.plot", f"{order.plot} is no kind of picture", hint))
    faults += [
        Fault("evaluation.folder", f"there is no folder {file.parent}", "make it, or name another")
        for file in (order.json, order.plot)
        if file and not file.parent.is_dir()
    ]
    return faults


def _content(settings: Settings, order: Order, train: list[Row]) -> Content:
    if order.train:
        return content_from(train, order.language)
    store = open_store(settings)
    try:
        content = for_questions_only(published_content(settings, store))
    finally:
        store.close()
    if not content.answers:
        hint = "run `frontline answers import`, or name a file with --train"
        raise SettingsError([Fault("content.unpublished", "nothing has been published yet", hint)])
    return content


def _warn(content: Content, rows: _Rows, out: Console) -> None:
    known = {entry.id for entry in content.answers}
    for name, own in (("test", rows.test), ("tune", rows.tune)):
        unknown = unknown_labels(own, known)
        if unknown:
            shown = ", ".join(label for label, _ in unknown.most_common(5))
            more = f" and {len(unknown) - 5} more" if len(unknown) > 5 else ""
            words = f"{unknown.total()} questions of the {name} file have labels that no answer has: {shown}{more}"
            out.print(f"Warning: {words}", style="yellow", markup=False)


def _fit(out: Console, work: Callable[[Callable[[str], None]], Fitted]) -> Fitted:
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=out, transient=True) as progress:
        task = progress.add_task("Fitting …", total=None)
        return work(lambda step: progress.update(task, description=f"Fitting: {step} …"))


def _measure(fitted: Fitted, rows: list[Row], out: Console) -> list[Measured]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    measured: list[Measured] = []
    with Progress(*columns, console=out, transient=True, auto_refresh=False) as progress:
        task = progress.add_task("Reading", total=len(rows))
        drawn = progress.get_time()
        for one in read_all(fitted.snapshot, rows):
            measured.append(one)
            progress.advance(task)
            if progress.get_time() - drawn > 1 / _STEPS:
                progress.refresh()
                drawn = progress.get_time()
    return measured


def _table(found: Figures, promise: float) -> Table:
    table = Table("figure", "value", "says", title=f"promised precision {promise:g}", title_justify="left")
    for name, value in found.as_dict().items():
        shown = "–" if value is None else str(value) if isinstance(value, int) else f"{value:.3f}"
        table.add_row(name, shown, _MEANINGS[name])
    return table
