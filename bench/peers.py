"""The systems that are measured: this project's, Rasa's DIET, and two that need no training as floors."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from rapidfuzz import fuzz, process, utils
from sklearn.feature_extraction.text import TfidfVectorizer

from bench.diet import RESULT
from bench.labelled_sets import Questions
from bench.processes import RASA_PYTHON, ROOT
from bench.scores import OUTSIDE, Decided, Guess, Run
from nlu.evaluation.running import Measured, figures, fit_timed, read_all
from nlu.triage import TriageSettings

Tick = Callable[[], None]
"""Called now and then by what takes long, to show that it lives; never while a reading is timed."""
_LAST_LINES = 15
_ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "TF_INTRA_OP_PARALLELISM_THREADS", "TF_INTER_OP_PARALLELISM_THREADS"), "1"
)


def this_project(promise: float) -> Callable[[Questions, Tick], Run]:
    """The product: its matcher and gate as they are fitted for publishing, its own decisions under a promised precision."""

    def run(questions: Questions, _: Tick) -> Run:
        began = time.process_time()
        fitted = fit_timed(questions.content, TriageSettings(promised_precision=promise))
        seconds = time.process_time() - began
        measured = list(read_all(fitted.snapshot, questions.test))
        found = figures(measured, fitted)
        guesses = [Guess(_best(one), one.confidence, one.milliseconds) for one in measured]
        return Run(guesses, seconds, Decided(found.correct_at_target, found.precision_at_target))

    return run


def _best(one: Measured) -> str:
    return one.reading.candidates[0].answer_id if one.reading.candidates else OUTSIDE


def diet(epochs: int) -> Callable[[Questions, Tick], Run]:
    """Rasa's recommended pipeline, see `bench.diet`, in a process of its own."""

    def run(questions: Questions, tick: Tick) -> Run:
        pairs = _pairs(questions)
        labels = sorted({label for _, label in pairs})
        intent_of = {
            label: f"intent_{number}" for number, label in enumerate(labels)
        }  # Rasa reads more into some names
        label_of = {intent: label for label, intent in intent_of.items()}
        order = {
            "train": [(text, intent_of[label]) for text, label in pairs],
            "test": [row.text for row in questions.test],
            "epochs": epochs,
        }
        found = _asked_of_rasa(order, tick)
        guesses = [
            Guess.of_ranking([(label_of[intent], p) for intent, p in one["ranking"]], one["milliseconds"])
            for one in found["readings"]
        ]
        return Run(guesses, found["fit_seconds"])

    return run


def _asked_of_rasa(order: dict[str, Any], tick: Tick) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="bench-diet-") as name:
        folder = Path(name)
        (folder / "order.json").write_text(json.dumps(order), encoding="utf-8")
        environment = {
            **os.environ,
            **_ONE_THREAD,
            "PYTHONPATH": str(ROOT),
            "RASA_TELEMETRY_ENABLED": "false",
            "RASA_CACHE_DIRECTORY": str(folder / "cache"),  # else a fit may be one of an earlier run
        }
        command = [str(RASA_PYTHON), "-m", "bench.diet", str(folder / "order.json"), name]
        with (folder / "log").open("wb") as log:
            child = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
            try:
                while child.poll() is None:
                    tick()
                    time.sleep(1)
            finally:
                child.kill()  # nothing to a child that has ended
        if child.returncode != 0:
            lines = (folder / "log").read_text(encoding="utf-8", errors="replace").splitlines()[-_LAST_LINES:]
            raise RuntimeError("\n".join([f"Rasa's side ended with {child.returncode}. It said last:", *lines]))
        found: dict[str, Any] = json.loads((folder / RESULT).read_text(encoding="utf-8"))
        return found


class Floor(Protocol):
    """What finds the nearest phrasing. Made of phrasings and their labels."""

    def __init__(self, texts: Sequence[str], labels: Sequence[str]) -> None: ...

    def ranking(self, text: str) -> list[tuple[str, float]]:
        """The label of the nearest phrasing of an answer and, where there are any, of the nearest out of scope; nearer first, from 0 to 1."""


def floor(kind: type[Floor]) -> Callable[[Questions, Tick], Run]:
    """A floor's run over a set."""

    def run(questions: Questions, _: Tick) -> Run:
        pairs = _pairs(questions)
        began = time.process_time()
        fitted = kind([text for text, _ in pairs], [label for _, label in pairs])
        seconds = time.process_time() - began
        return Run([_guess(fitted, row.text) for row in questions.test], seconds)

    return run


def _guess(fitted: Floor, text: str) -> Guess:
    began = time.perf_counter()
    ranking = fitted.ranking(text)
    return Guess.of_ranking(ranking, (time.perf_counter() - began) * 1000.0)


class NearestTfidf:
    """The phrasing with the most alike TF-IDF of character n-grams (2 to 4, within words) and of words: cosine, both parts counting the same."""

    def __init__(self, texts: Sequence[str], labels: Sequence[str]) -> None:
        characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True)
        words = TfidfVectorizer(token_pattern=r"\b\w+\b", sublinear_tf=True)
        self._parts = [(one, one.fit_transform(texts)) for one in (characters, words)]
        self._labels = labels
        self._halves = [places for places in _inside_and_outside(labels) if places]

    def ranking(self, text: str) -> list[tuple[str, float]]:
        """See `Floor`."""
        alike = np.mean([(known @ one.transform([text]).T).toarray().ravel() for one, known in self._parts], axis=0)
        nearest = [places[int(np.argmax(alike[places]))] for places in self._halves]
        return _nearer_first([(self._labels[i], float(alike[i])) for i in nearest])


class Fuzzy:
    """rapidfuzz alone: the phrasing with the best `token_set_ratio` of all, as tutorials match questions."""

    def __init__(self, texts: Sequence[str], labels: Sequence[str]) -> None:
        self._labels = labels
        self._halves = [
            {place: utils.default_process(texts[place]) for place in places}
            for places in _inside_and_outside(labels)
            if places
        ]

    def ranking(self, text: str) -> list[tuple[str, float]]:
        """See `Floor`."""
        query = utils.default_process(text)
        nearest = [process.extractOne(query, half, scorer=fuzz.token_set_ratio) for half in self._halves]
        return _nearer_first([(self._labels[place], value / 100.0) for _, value, place in nearest])


def _pairs(questions: Questions) -> list[tuple[str, str]]:
    """Every phrasing with its label; what is out of scope is to the others a label like any."""
    return [(row.text, label) for row in questions.train for label in row.labels or (OUTSIDE,)]


def _inside_and_outside(labels: Sequence[str]) -> tuple[list[int], list[int]]:
    inside = [place for place, label in enumerate(labels) if label != OUTSIDE]
    return inside, [place for place, label in enumerate(labels) if label == OUTSIDE]


def _nearer_first(ranking: list[tuple[str, float]]) -> list[tuple[str, float]]:
    return sorted(ranking, key=lambda pair: -pair[1])
