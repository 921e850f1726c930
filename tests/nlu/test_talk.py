"""What the sample content must not get wrong: a greeting, and a fact that was asked for."""

from __future__ import annotations

import pytest

from nlu.reading import Context, Level
from nlu.understanding import Understanding

pytestmark = pytest.mark.timeout(600)

REPORTING = Context.from_dict({"form": {"name": "fault_form", "slots": {"requested_slot": "fault_since"}}})


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("hallo", "greet"),
        ("Moin!", "greet"),
        ("hello", "greet"),
        ("ok", "affirm"),
        ("nein", "deny"),
        ("danke", "thanks"),
        ("egal", "nevermind"),
    ],
)
def test_a_word_of_courtesy_is_understood(understanding: Understanding, text: str, intent: str) -> None:
    assert understanding.read(text).intent == intent


@pytest.mark.parametrize(
    "text",
    [
        "seit gestern",
        "Seit Montag",
        "gestern abend um acht",
        "since yesterday",
        "das ganze Haus",
        "Internet und Telefon",
    ],
)
def test_a_fact_that_was_asked_for_is_no_alarm(understanding: Understanding, text: str) -> None:
    assert understanding.read(text, REPORTING).urgency.level in (Level.NORMAL, Level.LOW)


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("es brennt", Level.EMERGENCY),
        ("mein Laden steht still, kein Internet", Level.HIGH),
        ("ich hab schon 5 mal angerufen, keiner hilft", Level.HIGH),
    ],
)
def test_what_is_urgent_in_any_case_is_heard_in_a_form_too(
    understanding: Understanding, text: str, level: Level
) -> None:
    assert understanding.read(text, REPORTING).urgency.level is level


def test_a_form_that_is_over_asks_for_nothing() -> None:
    left = {"form": {"name": None, "slots": {"requested_slot": "fault_since"}}}
    assert Context.from_dict(left).asked is None
