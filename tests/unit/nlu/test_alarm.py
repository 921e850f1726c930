"""Urgency learned from labelled messages."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from nlu.alarm import LEARNED
from nlu.content import Content, UrgencyExample
from nlu.learning.training import fit
from nlu.reading import Level, Urgency
from nlu.snapshot import Snapshot
from nlu.understanding import Understanding

PLACES = ("keller", "wohnung", "laden", "werkstatt", "praxis", "kita", "garage", "küche")
CALM = (
    "wie wird ein {} mit internet versorgt", "router im {} aufstellen", "gehört der {} zum vertrag", "mein {} bekommt bald glasfaser",
)  # fmt: skip
HYPOTHETICAL = (
    "was passiert falls mein handy mal in der {} gestohlen wird",
    "falls mein handy aus der {} geklaut wird, was tun",
)
URGENT = (
    "der {} ist voll wütender bienen aus eurem verteiler",
    "ein bienenschwarm im {} seit ihr gebohrt habt",
)


def labelled() -> tuple[UrgencyExample, ...]:
    rows = [(text, "emergency", "danger") for text in URGENT]
    rows += [("mein handy wurde in der {} gestohlen, sperrt die karte", "high", "sim_stolen")]
    rows += [(text, "normal", "") for text in (*CALM, *HYPOTHETICAL)]
    return tuple(UrgencyExample(text.format(place), *rest, "de") for text, *rest in rows for place in PLACES)


@pytest.fixture(scope="module")
def taught(content: Content) -> Snapshot:
    """The small content with labelled messages about a matter that the rules do not know."""
    return fit(replace(content, urgency=labelled()))


def urgency_of(snapshot: Snapshot, text: str) -> Urgency:
    return Understanding(snapshot).read(text).urgency


SWARM = "Da ist ein bienenschwarm im büro aus eurem verteiler"


def test_what_rules_do_not_know_is_learned(snapshot: Snapshot, taught: Snapshot) -> None:
    assert urgency_of(snapshot, SWARM).level is Level.NORMAL
    read = urgency_of(taught, SWARM)
    assert (read.level, read.reason) == (Level.EMERGENCY, "danger")


def test_the_words_that_spoke_for_it_are_the_customers_own(taught: Snapshot) -> None:
    evidence = urgency_of(taught, "Guten Tag! BIENENSCHWARM im Büro, wann öffnet der Shop?").evidence
    assert any("BIENENSCHWARM" in e.words for e in evidence if e.rule == LEARNED)
    assert not any("öffnet" in e.words for e in evidence)


def test_a_rules_hit_is_evidence_too(taught: Snapshot) -> None:
    read = urgency_of(taught, "Mir wurde mein Handy gestohlen, sperrt die Karte")
    assert (read.level, read.reason) == (Level.HIGH, "sim_stolen")
    assert {e.rule for e in read.evidence} == {"lost_or_stolen", LEARNED}


@pytest.mark.parametrize(
    "text",
    [
        "Falls mein Handy mal gestohlen wird, was passiert dann?",
        "wlan passwort",
        "Wo sehe ich meine Rechnung?",
        "hallo",
    ],
)
def test_the_imagined_and_the_ordinary_stay_calm(taught: Snapshot, text: str) -> None:
    assert urgency_of(taught, text).level in (Level.NORMAL, Level.LOW)


def test_self_harm_is_never_unlearned(taught: Snapshot) -> None:
    read = urgency_of(taught, "ich will nicht mehr leben")
    assert (read.level, read.reason, read.evidence[0].rule) == (Level.EMERGENCY, "self_harm", "self_harm")


def test_thanks_are_low_with_learned_urgency_too(taught: Snapshot) -> None:
    assert urgency_of(taught, "danke, hat geklappt").level is Level.LOW


def test_thresholds_decide(taught: Snapshot) -> None:
    deaf = replace(taught, settings=replace(taught.settings, urgent_from=99.0, emergency_from=99.0))
    assert urgency_of(deaf, SWARM).level is Level.NORMAL
    calmer = replace(taught, settings=replace(taught.settings, emergency_from=99.0))
    assert urgency_of(calmer, SWARM).level is Level.HIGH


def test_learned_urgency_is_saved_and_kept_by_a_quick_fit(taught: Snapshot, tmp_path: Path) -> None:
    taught.save(tmp_path)
    read = urgency_of(taught, SWARM)
    assert urgency_of(Snapshot.load(tmp_path), SWARM) == read
    assert urgency_of(fit(taught.content, previous=taught), SWARM) == read


@pytest.mark.parametrize("level", ["high", "normal"])
def test_examples_of_one_kind_teach_nothing(content: Content, snapshot: Snapshot, level: str) -> None:
    one = UrgencyExample("bienen", level, "danger" if level == "high" else "", "de")
    assert fit(replace(content, urgency=(one,))).alarm is None


def test_an_unknown_level_is_refused(content: Content) -> None:
    data = content.as_dict() | {"urgency": [{"text": "x", "level": "dire", "reason": "", "language": "de"}]}
    with pytest.raises(ValueError, match="dire"):
        Content.from_dict(data)


def test_labelled_messages_survive_json_and_may_be_missing(content: Content) -> None:
    rich = replace(content, urgency=labelled())
    assert Content.from_dict(rich.as_dict()) == rich
    assert Content.from_dict({k: v for k, v in content.as_dict().items() if k != "urgency"}) == content


@pytest.mark.parametrize(
    "text", ["bienenschwarm " * 10_000, "ü" * 64_000, "bienen! " * 10_000, "\ud800", ""], ids=range(5)
)
def test_no_text_takes_long(taught: Snapshot, text: str) -> None:
    started = time.process_time()
    urgency_of(taught, text)
    assert time.process_time() - started < 1.0
