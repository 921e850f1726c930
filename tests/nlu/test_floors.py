"""Floors under the quality of understanding, on the test halves of the labelled messages; nothing was tuned on these."""

from __future__ import annotations

import pytest

from nlu.reading import DecisionKind, Level, Reading
from nlu.understanding import Understanding
from tests.nlu.sample import Row, load_content, load_questions, load_urgency

pytestmark = [pytest.mark.timeout(600), pytest.mark.xdist_group("nlu")]

URGENT = (Level.EMERGENCY, Level.HIGH)


@pytest.fixture(scope="module")
def readings(understanding: Understanding) -> list[tuple[Row, Reading]]:
    """Each labelled question whose answer the content has, or that has none, with what was read."""
    known = {entry.id for entry in load_content().answers}
    rows = [row for row in load_questions("test") if row.labels == ("none",) or known.intersection(row.labels)]
    return [(row, understanding.read(row.text)) for row in rows]


def answered(reading: Reading) -> bool:
    return reading.decision.kind is DecisionKind.ANSWER


def test_nine_of_ten_answers_are_right(readings: list[tuple[Row, Reading]]) -> None:
    given = [(row, reading) for row, reading in readings if answered(reading)]
    right = sum(reading.decision.answer_ids[0] in row.labels for row, reading in given)
    assert len(given) >= 50
    assert right >= 0.9 * len(given), f"{right} of {len(given)} answers are right"


def test_questions_without_an_answer_rarely_get_one(readings: list[tuple[Row, Reading]]) -> None:
    nowhere = [reading for row, reading in readings if row.labels == ("none",)]
    assert sum(map(answered, nowhere)) <= 0.1 * len(nowhere)


def test_most_questions_find_their_answer_among_three(readings: list[tuple[Row, Reading]]) -> None:
    asked = [(row, reading) for row, reading in readings if row.labels != ("none",)]
    first = sum(bool(r.candidates) and r.candidates[0].answer_id in row.labels for row, r in asked)
    among = sum(any(c.answer_id in row.labels for c in r.candidates[:3]) for row, r in asked)
    assert first >= 0.75 * len(asked)
    assert among >= 0.88 * len(asked)


def test_languages_are_told_apart(readings: list[tuple[Row, Reading]]) -> None:
    assert sum(reading.language == row.language for row, reading in readings) >= 0.96 * len(readings)


def test_urgent_matters_are_recognised(understanding: Understanding) -> None:
    levels = [(level, understanding.read(text).urgency.level) for text, level, _ in load_urgency("test")]
    urgent = [read for level, read in levels if level in ("emergency", "high")]
    assert sum(read in URGENT for read in urgent) >= 0.95 * len(urgent)


def test_calm_matters_raise_few_false_alarms(understanding: Understanding) -> None:
    levels = [(level, understanding.read(text).urgency.level) for text, level, _ in load_urgency("test")]
    calm = [read for level, read in levels if level in ("normal", "low")]
    assert sum(read in URGENT for read in calm) <= 0.05 * len(calm)
    assert sum(read is Level.EMERGENCY for read in calm) <= 0.02 * len(calm)
