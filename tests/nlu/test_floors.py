"""Floors under the quality of understanding, on the test halves of the labelled messages; nothing was tuned on these."""

from __future__ import annotations

import pytest

from nlu.reading import DecisionKind, Level, Reading
from nlu.understanding import Understanding
from tests.nlu.sample import Row, load_content, load_questions, load_urgency

pytestmark = pytest.mark.timeout(600)

URGENT = (Level.EMERGENCY, Level.HIGH)


@pytest.fixture(scope="module")
def readings(understanding: Understanding) -> list[tuple[Row, Reading]]:
    """Each labelled question whose answer the content has, or that has none, with what was read."""
    known = {entry.id for entry in load_content().answers}
    rows = [row for row in load_questions("test") if row.labels == ("none",) or known.intersection(row.labels)]
    return [(row, understanding.read(row.text)) for row in rows]


@pytest.fixture(scope="module")
def levels(understanding: Understanding) -> list[tuple[str, Level]]:
    """The labelled and the read level of each message."""
    return [(level, understanding.read(text).urgency.level) for text, level, _ in load_urgency("test")]


def share(hits: list[bool]) -> float:
    """The share of hits. A number is all a failing test may show: nobody should read the test halves."""
    return sum(hits) / len(hits)


def test_what_is_promised_of_answers_is_kept(readings: list[tuple[Row, Reading]]) -> None:
    given = [(row.labels, r.decision.answer_ids) for row, r in readings if r.decision.kind is DecisionKind.ANSWER]
    right = share([ids[0] in labels for labels, ids in given])
    assert right >= 0.95


def test_questions_without_an_answer_rarely_get_one(readings: list[tuple[Row, Reading]]) -> None:
    nowhere = share([r.decision.kind is DecisionKind.ANSWER for row, r in readings if row.labels == ("none",)])
    assert nowhere <= 0.08


def test_many_questions_get_their_answer_or_are_asked_about_it(readings: list[tuple[Row, Reading]]) -> None:
    asked = [(row.labels, r) for row, r in readings if row.labels != ("none",)]
    first = share([bool(r.candidates) and r.candidates[0].answer_id in labels for labels, r in asked])
    three = share([any(c.answer_id in labels for c in r.candidates[:3]) for labels, r in asked])
    covered = share(
        [r.decision.kind is DecisionKind.ANSWER and r.decision.answer_ids[0] in labels for labels, r in asked]
    )
    assert first >= 0.92
    assert three >= 0.97
    assert covered >= 0.72


def test_languages_are_told_apart(readings: list[tuple[Row, Reading]]) -> None:
    told = share([r.language == row.language for row, r in readings])
    assert told >= 0.95


def test_urgent_matters_are_recognised(levels: list[tuple[str, Level]]) -> None:
    recall = share([read in URGENT for level, read in levels if level in ("emergency", "high")])
    assert recall >= 0.95


def test_calm_matters_raise_few_false_alarms(levels: list[tuple[str, Level]]) -> None:
    urgent = share([read in URGENT for level, read in levels if level in ("normal", "low")])
    assert urgent <= 0.05


def test_calm_matters_are_hardly_ever_emergencies(levels: list[tuple[str, Level]]) -> None:
    emergency = share([read is Level.EMERGENCY for level, read in levels if level in ("normal", "low")])
    assert emergency <= 0.02
