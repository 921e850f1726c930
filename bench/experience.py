"""`make experience`: what the gate knows before it knows a content, written to `nlu/learning/data/experience.npz`.

The sample content is cut down to some of its answers with a few phrasings each, many times over, and asked the questions of `data/outcomes`. How those matches
came about, and whether they were right, is what another small content can expect. To be run again whenever the evidence of the gate changes.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
from rich.console import Console

from bench.labelled_sets import sample_content
from bench.processes import ROOT
from bot.knowledge.labelled import read_outcomes
from nlu.content import AnswerEntry, Content, Outcome
from nlu.features import Floats
from nlu.gate import evidence
from nlu.learning.crossfit import FOLDS, Trial, fold_trials, learn_fusion, outcome_trials
from nlu.learning.experience import FILE
from nlu.learning.matcher import DEFAULT_FUSION, analyzer_for, detector_for, examples_of, fit_matcher

PHRASINGS = (1, 1, 2, 4, 8)
"""Of each answer, in each language."""
ANSWERS = (30, 60, 120)
QUESTIONS = 200
"""Of each cut."""
UNANSWERABLE = 0.25
_SEED = 7


def cut(content: Content, answers: int, phrasings: int, chance: random.Random) -> Content:
    """Some of the answers with some of their phrasings, the question itself among them."""
    chosen: list[AnswerEntry] = []
    for entry in chance.sample(content.answers, answers):
        kept = []
        for language in ("de", "en"):
            question, *others = [p for p in entry.phrasings if p.language == language] or [None]
            kept += [p for p in (question, *chance.sample(others, min(phrasings - 1, len(others)))) if p is not None]
        chosen.append(AnswerEntry(entry.id, entry.topic, entry.kind, tuple(kept)))
    return Content("cut", tuple(chosen), {})


def asked(content: Content, outcomes: Sequence[Outcome], chance: random.Random) -> list[Trial]:
    """The content's matches of questions, of which a fixed share has no answer in it."""
    analyzer, detector = analyzer_for(content), detector_for(content)
    examples = examples_of(content, analyzer, detector)
    tried = [trial for fold in range(FOLDS) for trial in fold_trials(examples, analyzer, fold)]
    fusion = learn_fusion([trial for trial in tried if trial.known], DEFAULT_FUSION)
    known = {entry.id for entry in content.answers}
    inside = [o for o in outcomes if known.intersection(o.answer_ids)]
    outside = [o for o in outcomes if not known.intersection(o.answer_ids)]
    nowhere = chance.sample(outside, int(QUESTIONS * UNANSWERABLE))
    some = chance.sample(inside, min(len(inside), QUESTIONS - len(nowhere))) + nowhere
    return outcome_trials(some, fit_matcher(examples, analyzer, fusion))


def main() -> None:
    """Cut, ask, write."""
    out, chance = Console(), random.Random(_SEED)
    content = sample_content()
    outcomes = [
        Outcome(o["text"], o["language"], tuple(o["answer_ids"])) for o in read_outcomes(ROOT / "data" / "outcomes")
    ]
    rows: list[list[float]] = []
    right: list[bool] = []
    for answers in ANSWERS:
        for phrasings in PHRASINGS:
            trials = asked(cut(content, answers, phrasings, chance), outcomes, chance)
            rows += [evidence(trial.match) for trial in trials]
            right += [trial.right for trial in trials]
            share = float(np.mean([trial.right for trial in trials]))
            out.print(f"{answers} answers, {phrasings} phrasings: {len(trials)} questions, {share:.0%} right")
    table: Floats = np.array(rows)
    with FILE.open("wb") as target:
        np.savez_compressed(target, rows=table.astype(np.float32), right=np.array(right, np.bool_))
    out.print(f"{len(rows)} trials in {FILE}")


if __name__ == "__main__":
    main()
