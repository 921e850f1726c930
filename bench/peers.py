"""The systems that are measured: this project's, Rasa's DIET, and three that need no training as floors."""

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
from scipy.sparse import coo_array
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

from bench.diet import RESULT
from bench.labelled_sets import Questions
from bench.processes import RASA_PYTHON, ROOT
from bench.scores import FIRST, OUTSIDE, Decided, Guess, Run
from nlu.evaluation.running import Measured, figures, fit_timed, read_all
from nlu.features import Floats
from nlu.triage import TriageSettings

Tick = Callable[[], None]
"""Called now and then by what takes long, to show that it lives; never while a reading is timed."""
_LAST_LINES = 15
_WORD = r"\b\w+\b"
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
        guesses = [Guess(_first(one), one.confidence, one.milliseconds) for one in measured]
        return Run(guesses, seconds, Decided(found.correct_at_target, found.precision_at_target))

    return run


def _first(one: Measured) -> tuple[str, ...]:
    return tuple(candidate.answer_id for candidate in one.reading.candidates[:FIRST])


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
        """The labels of the nearest phrasings with how near the nearest of each is, from 0 on; nearer first, as many as a guess needs."""


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
        words = TfidfVectorizer(token_pattern=_WORD, sublinear_tf=True)
        self._parts = [(one, one.fit_transform(texts)) for one in (characters, words)]
        self._labels = labels

    def ranking(self, text: str) -> list[tuple[str, float]]:
        """See `Floor`."""
        alike = np.mean([(known @ one.transform([text]).T).toarray().ravel() for one, known in self._parts], axis=0)
        return _nearest(alike, self._labels)


class Bm25:
    """The phrasing that BM25 (Robertson and Zaragoza 2009) puts first, by whole words. A word that most phrasings have still counts a little."""

    def __init__(self, texts: Sequence[str], labels: Sequence[str], k1: float = 1.2, b: float = 0.75) -> None:
        self._words = CountVectorizer(token_pattern=_WORD)
        counts = self._words.fit_transform(texts).tocoo()
        lengths = np.bincount(counts.row, counts.data, len(texts))
        having = np.bincount(counts.col, minlength=counts.shape[1])
        rarity = np.log1p((len(texts) - having + 0.5) / (having + 0.5))
        damped = counts.data + k1 * (1.0 - b + b * lengths / lengths.mean())[counts.row]
        weights = counts.data / damped * rarity[counts.col]
        self._weights = coo_array((weights, (counts.row, counts.col)), counts.shape).tocsr()
        self._labels = labels

    def ranking(self, text: str) -> list[tuple[str, float]]:
        """See `Floor`."""
        asked = self._words.transform([text]).toarray()[0]
        return _nearest(self._weights @ asked, self._labels)


class Fuzzy:
    """rapidfuzz alone: the phrasing with the best `token_set_ratio` of all, as tutorials match questions."""

    def __init__(self, texts: Sequence[str], labels: Sequence[str]) -> None:
        self._labels = labels
        self._texts = [utils.default_process(text) for text in texts]

    def ranking(self, text: str) -> list[tuple[str, float]]:
        """See `Floor`."""
        query = utils.default_process(text)
        alike = process.cdist([query], self._texts, scorer=fuzz.token_set_ratio, dtype=np.float64)[0]
        return _nearest(alike / 100.0, self._labels)


def _pairs(questions: Questions) -> list[tuple[str, str]]:
    """Every phrasing with its label; what is out of scope is to the others a label like any."""
    return [(row.text, label) for row in questions.train for label in row.labels or (OUTSIDE,)]


def _nearest(alike: Floats, labels: Sequence[str]) -> list[tuple[str, float]]:
    """The labels of the nearest phrasings; of equally near ones that which was learned first."""
    found: dict[str, float] = {}
    for place in np.argsort(-alike, kind="stable").tolist():
        found.setdefault(labels[place], float(alike[place]))
        if len(found) > FIRST:  # questions out of scope are one label more
            break
    return list(found.items())
