"""Urgency: what counts, and what only sounds like it."""

from __future__ import annotations

import pytest

from nlu.reading import Level
from nlu.urgency import detect


@pytest.mark.parametrize(
    ("text", "level", "reason"),
    [
        ("Ich will nicht mehr leben.", Level.EMERGENCY, "self_harm"),
        ("i am going to kill myself", Level.EMERGENCY, "self_harm"),
        ("aus dem router kommt rauch", Level.EMERGENCY, "danger"),
        ("I smell gas since your technician drilled", Level.EMERGENCY, "danger"),
        ("112 ist nicht erreichbar, ich komme nicht durch", Level.EMERGENCY, "emergency_call"),
        ("das beatmungsgerät meiner frau ist offline", Level.EMERGENCY, "health"),
        ("mein konto wurde gehackt", Level.HIGH, "fraud"),
        ("mir wurde das Handy geklaut, bitte Karte sperren", Level.HIGH, "sim_stolen"),
        ("in der ganzen straße geht nichts mehr", Level.HIGH, "outage"),
        ("morgen wird mir der anschluss gesperrt", Level.HIGH, "deadline"),
        ("zum dritten mal dieselbe antwort!", Level.HIGH, "repeated"),
        ("Betrüger! Mein Anwalt meldet sich.", Level.HIGH, "rage"),
    ],
)
def test_urgent_matters_are_seen_with_their_reason(text: str, level: Level, reason: str) -> None:
    urgency = detect(text)
    assert (urgency.level, urgency.reason) == (level, reason)
    assert urgency.evidence
    assert all(evidence.words.split()[0] in text for evidence in urgency.evidence)


@pytest.mark.parametrize(
    "text",
    [
        "Was mache ich, falls mein Handy mal gestohlen wird?",
        "What happens if someone steals my phone?",
        "Mein Handy war gestohlen, hab es aber wiedergefunden.",
        "my phone was lost but turned up again, all good",
        "Mein Kollege hatte letztes Jahr einen Betrugsfall, sein Konto wurde gehackt",
        "Wir sind Feuer und Flamme für Glasfaser",
        "ich lach mich tot",
        "I'm dying to know when fibre comes",
        "die lampe am router brennt rot",
        "Kein Notfall, aber der Router blinkt",
        "wo sehe ich meine rechnung",
    ],
)
def test_what_is_imagined_over_or_a_figure_of_speech_is_calm(text: str) -> None:
    assert detect(text).level in (Level.NORMAL, Level.LOW)


@pytest.mark.parametrize("text", ["danke, hat geklappt", "no hurry, just curious", "ok thanks bye"])
def test_thanks_and_chat_are_low(text: str) -> None:
    assert detect(text).level is Level.LOW
