"""Patching the sample content: new answers are found, and nobody else notices."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nlu.learning.patching import patched
from nlu.learning.training import fit
from nlu.snapshot import Snapshot
from nlu.understanding import Understanding
from tests.nlu.sample import load_questions

pytestmark = pytest.mark.timeout(600)

EVERY = 16
SAME_BEST = 0.98
NEARLY_AS_GOOD = 0.06


def test_answers_that_are_patched_in_are_found_and_the_others_as_before(snapshot: Snapshot) -> None:
    content = snapshot.content
    new = {entry.id for entry in content.answers[::EVERY]}
    fewer = tuple(entry for entry in content.answers if entry.id not in new)
    base = fit(replace(content, version="fewer", answers=fewer), previous=snapshot)
    before, after, whole = Understanding(base), Understanding(patched(base, content)), Understanding(snapshot)
    rows = [row for row in load_questions("dev") if row.labels != ("none",)]
    asked = [row for row in rows if new & set(row.labels)]
    others = [row for row in rows if not new & set(row.labels)]
    assert len(asked) > 10

    def first(understanding: Understanding, text: str) -> str:
        return understanding.read(text).candidates[0].answer_id

    def right(understanding: Understanding) -> float:
        return sum(first(understanding, row.text) in row.labels for row in asked) / len(asked)

    assert right(after) >= right(whole) - NEARLY_AS_GOOD
    same = sum(first(after, row.text) == first(before, row.text) for row in others)
    assert same / len(others) >= SAME_BEST


def test_answers_that_are_archived_are_never_candidates(snapshot: Snapshot) -> None:
    content = snapshot.content
    gone = {entry.id for entry in content.answers[::EVERY]}
    fewer = tuple(entry for entry in content.answers if entry.id not in gone)
    after = Understanding(patched(snapshot, replace(content, version="fewer", answers=fewer)))
    for entry in content.answers[::EVERY]:
        for phrasing in entry.phrasings[:5]:
            assert gone.isdisjoint(c.answer_id for c in after.read(phrasing.text).candidates)
