"""Trials from content alone.

Each phrasing is matched by a matcher that knows neither it nor what is nearly the same but for word order or typing, and each answer's
phrasings also by one that does not know the answer at all.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from rapidfuzz import fuzz

from nlu.content import Outcome
from nlu.courtesy import without_courtesies
from nlu.features import Analyzer, Floats
from nlu.learning.matcher import Example, fit_matcher
from nlu.matching import ELSEWHERE, INTENT_PREFIX, Match, Matcher, Scored, ranked
from nlu.text import clean

FOLDS = 4
_UNANSWERABLE_EACH = 8
_TRIED_EACH = 3  # phrasings of an answer tried in a fold: more cost time and say nothing new
_NEARLY = 80.0
_SEED = 20


@dataclass(frozen=True)
class Trial:
    """A match made without knowing its text. `label` is the class that would be right, `known` whether the matcher had it.

    `also`: further classes that would be right as well. `proves`: whether the promise may be tested on it.
    """

    match: Match
    labels: tuple[str, ...]
    label: str
    known: bool
    language: str
    also: tuple[str, ...] = ()
    proves: bool = True

    @property
    def right(self) -> bool:
        """Whether the best candidate is the right one."""
        return self.known and self.labels[self.match.ranked[0].index] in (self.label, *self.also)


def fold_trials(examples: Sequence[Example], analyzer: Analyzer, fold: int) -> list[Trial]:
    """One of the `FOLDS` of the cross-fit over all examples, sorted by class: trials of its phrasings, and of answers hidden from it.

    Folds may run in processes of their own, not in threads: liblinear draws from one generator for all threads, and the same content must give
    the same snapshot.
    """
    chunk = _shuffled(examples)
    labels = sorted({e.label for e in examples})
    answers = [label for label in labels if not label.startswith((INTENT_PREFIX, ELSEWHERE))]
    hidden = {label for i, label in enumerate(answers) if i % FOLDS == fold}
    held = [e for e, c in zip(examples, chunk, strict=False) if c == fold and e.label not in hidden]
    train = _without_near(
        [e for e, c in zip(examples, chunk, strict=False) if c != fold and e.label not in hidden], held
    )
    known = {e.label for e in train}
    if len(known) < 2:
        return []
    matcher = fit_matcher(train, analyzer)
    tried = _some_of_each(held, {e.label for e in held} - {ELSEWHERE}, _TRIED_EACH)
    tried += [e for e in held if e.label == ELSEWHERE]
    return [
        *(_tried(e, matcher, known=e.label != ELSEWHERE) for e in tried if e.label in known),
        *(_tried(e, matcher, known=False) for e in _some_of_each(examples, hidden, _UNANSWERABLE_EACH)),
    ]


def _tried(example: Example, matcher: Matcher, *, known: bool) -> Trial:
    match = matcher.match_terms(example.terms, example.language, example.meant)
    return Trial(match, matcher.arrays.labels, example.label, known, example.language)


def outcome_trials(outcomes: Sequence[Outcome], matcher: Matcher) -> list[Trial]:
    """Customers' questions as trials of the matcher; not those that have become phrasings of the content meanwhile."""
    labels, phrasings = matcher.arrays.labels, set(matcher.arrays.texts)
    tried: list[Trial] = []
    for outcome in outcomes:
        text = clean(outcome.text)
        if text not in phrasings:
            match = matcher.match(without_courtesies(text), outcome.language)
            label, *also = [name for name in outcome.answer_ids if name in labels] or [ELSEWHERE]
            known = label != ELSEWHERE
            tried.append(Trial(match, labels, label, known, outcome.language, tuple(also), outcome.proves))
    return tried


def _some_of_each(examples: Sequence[Example], labels: set[str], most: int) -> list[Example]:
    """Examples of the given classes, spread evenly over each class, bounded in number."""
    chosen: list[Example] = []
    for label in sorted(labels):
        own = [e for e in examples if e.label == label]
        step = max(1, len(own) // most)
        chosen += own[::step][:most]
    return chosen


def _shuffled(examples: Sequence[Example]) -> list[int]:
    """A fold for each example, spread evenly over its class and language, the same at every fit."""
    groups: dict[tuple[str, str], list[int]] = {}
    for i, example in enumerate(examples):
        groups.setdefault((example.label, example.language), []).append(i)
    folds = [0] * len(examples)
    generator = random.Random(_SEED)  # noqa: S311 -- for even folds, not for secrets
    for members in groups.values():
        generator.shuffle(members)
        first = generator.randrange(FOLDS)
        for position, i in enumerate(members):
            folds[i] = (first + position) % FOLDS
    return folds


def _without_near(train: Sequence[Example], held: Sequence[Example]) -> list[Example]:
    """The training examples that are not nearly a held-out one of the same class."""
    texts: dict[str, list[str]] = {}
    for example in held:
        texts.setdefault(example.label, []).append(" ".join(sorted(example.terms.tokens)))
    return [
        e
        for e in train
        if not any(
            fuzz.ratio(" ".join(sorted(e.terms.tokens)), text, score_cutoff=_NEARLY) for text in texts.get(e.label, ())
        )
    ]


def with_fusion(trial: Trial, fusion: Floats) -> Trial:
    """The same trial, its short list ranked anew by other weights."""

    def again(scored: Scored) -> Scored:
        return replace(
            scored, logit=math.fsum(float(w) * float(f) for w, f in zip(fusion, scored.features, strict=False))
        )

    match = trial.match
    elsewhere = again(match.elsewhere) if match.elsewhere else None
    return replace(trial, match=replace(match, ranked=ranked(again(s) for s in match.ranked), elsewhere=elsewhere))


def learn_fusion(tried: Sequence[Trial], start: Floats) -> Floats:
    """Weights that make the right class of the short list most likely: a conditional logit (McFadden 1974), lightly held to `start`."""
    from scipy.optimize import minimize

    candidates = [(t, [*t.match.ranked, *([t.match.elsewhere] if t.match.elsewhere else [])]) for t in tried]
    lists = [(np.array([s.features for s in c]), [t.labels[s.index] == t.label for s in c]) for t, c in candidates]
    usable = [(rows, right.index(True)) for rows, right in lists if any(right)]
    if not usable:
        return start
    width = max(len(rows) for rows, _ in usable)
    tensor = np.zeros((len(usable), width, len(start)))
    absent = np.full((len(usable), width), -1e9)
    for i, (rows, _) in enumerate(usable):
        tensor[i, : len(rows)] = rows
        absent[i, : len(rows)] = 0.0
    target = np.array([right for _, right in usable])
    every = np.arange(len(usable))

    def loss(w: Floats) -> tuple[float, Floats]:
        z = tensor @ w + absent
        z -= z.max(axis=1, keepdims=True)
        p = np.exp(z)
        p /= p.sum(axis=1, keepdims=True)
        slope = np.einsum("nk,nkf->f", p, tensor) - tensor[every, target].sum(axis=0)
        hold = w - start
        return float(-np.log(p[every, target] + 1e-12).sum() + 0.5 * hold @ hold), slope + hold

    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0.0, None)] * len(start))
    return np.array([round(float(weight), 6) for weight in found.x], np.float64)
