"""The parts that need no Rasa: contacts in a text, choices in words, acts of a reading, the model's fingerprint."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from actions import acts
from actions.requests import BUTTONS, Malformed, parse_turn
from actions.train import is_current, model_fingerprint
from nlu.choices import button_in, choice_in, is_cancel
from nlu.contact import contact_in
from tests.rasa.process import ROOT

OPTIONS = ["a", "b", "c"]


@pytest.mark.parametrize(
    ("text", "contact"),
    [
        ("max@beispiel.de", "max@beispiel.de"),
        ("Schreibt an Max.Muster+x@mail.beispiel.de.", "Max.Muster+x@mail.beispiel.de"),
        ("max (at) beispiel.de", "max@beispiel.de"),
        ("müller@bücher.example", "müller@bücher.example"),
        ("0171 1234567", "0171 1234567"),
        ("+49 (0)30 / 23125-100 ab 17 Uhr", "+49 (0)30 / 23125-100"),
        ("tel 030123456, mail a@b.de", "a@b.de"),
        ("weiß ich nicht", None),
        ("kunde 12345", None),
        ("12345678901234567890", None),
        ("max@", None),
        ("@beispiel", None),
        ("", None),
    ],
)
def test_a_contact_is_found_wherever_it_stands(text: str, contact: str | None) -> None:
    assert contact_in(text) == contact


@given(st.text(max_size=300))
def test_looking_for_a_contact_never_fails_and_invents_nothing(text: str) -> None:
    found = contact_in(text)
    assert found is None or "@" in found or found in text


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("1", "a"),
        ("2.", "b"),
        ("Nummer 3", "c"),
        ("die zweite", "b"),
        ("das erste bitte", "a"),
        ("die letzte", "c"),
        ("the second one", "b"),
        ("one", "a"),
        ("I mean the last one", "c"),
        ("keine davon", ""),
        ("none of these", ""),
        ("4", None),
        ("1 oder 2", None),
        ("meine zweite rechnung fehlt", None),
        ("ja", None),
        ("", None),
        ("1 " * 100, None),
    ],
)
def test_a_choice_in_words(text: str, choice: str | None) -> None:
    assert choice_in(text, OPTIONS) == choice


@given(st.text(max_size=100), st.lists(st.text(min_size=1), max_size=3))
def test_a_choice_is_one_of_the_options_or_none(text: str, options: list[str]) -> None:
    assert choice_in(text, options) in (None, "", *options)


@pytest.mark.parametrize(
    ("text", "cancels"), [("Abbrechen!", True), ("vergiss es bitte", True), ("seit dem Abbruch", False)]
)
def test_a_wish_to_cancel_is_the_whole_text(text: str, cancels: bool) -> None:
    assert is_cancel(text) is cancels


@pytest.mark.parametrize(
    ("text", "form", "options", "button"),
    [
        ("abbrechen", "fault_form", None, ("cancel", "")),
        ("abbrechen", None, None, None),
        ("die zweite", None, OPTIONS, ("choose_answer", "b")),
        ("keine", None, OPTIONS, ("other_answer", "")),
        ("die zweite", "fault_form", None, None),
        ("seit gestern", "fault_form", OPTIONS, None),
    ],
)
def test_words_that_stand_for_a_button(
    text: str, form: str | None, options: list[str] | None, button: tuple[str, str] | None
) -> None:
    assert button_in(text, form=form, options=options) == button


def test_an_urgent_answer_is_an_answer_and_a_person() -> None:
    reading = {"intent": "question", "decision": {"kind": "answer", "answer_ids": ["a"], "handoff": "urgent"}}
    assert acts.of_reading(reading) == [acts.answer("a", chosen=False), acts.handoff("urgent")]


@given(st.binary(max_size=200))
def test_any_bytes_are_a_turn_or_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        parse_turn(body)


def _copy(root: Path) -> Path:
    for folder in ("data/rasa", "nlu/components"):
        shutil.copytree(ROOT / folder, root / folder)
    for file in ("config.yml", "actions/policy.py"):
        (root / file).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / file, root / file)
    return root


@pytest.mark.parametrize(
    "changed",
    ["config.yml", "data/rasa/rules.yml", "data/rasa/nlu.yml", "nlu/components/triage.py", "actions/policy.py"],
)
def test_a_changed_input_asks_for_training(tmp_path: Path, changed: str) -> None:
    root = _copy(tmp_path)
    assert model_fingerprint(root) == model_fingerprint(ROOT)
    with (root / changed).open("a") as file:
        file.write("\n")
    assert model_fingerprint(root) != model_fingerprint(ROOT)


def test_a_model_is_current_as_long_as_its_inputs_are(tmp_path: Path) -> None:
    root = _copy(tmp_path)
    model = root / "model.tar.gz"
    assert not is_current(model, root)
    model.touch()
    (root / "model.tar.gz.fingerprint").write_text(model_fingerprint(root))
    assert is_current(model, root)
    (root / "config.yml").write_text("")
    assert not is_current(model, root)


def _yaml(name: str) -> Any:
    return yaml.safe_load((ROOT / "data" / "rasa" / name).read_text())


def _intents_of(rule: dict[str, Any]) -> list[str]:
    steps = [part for step in rule["steps"] for part in step.get("or", [step])]
    return [step["intent"] for step in steps if "intent" in step]


def test_every_intent_has_a_rule_and_every_button_an_intent() -> None:
    domain = _yaml("domain.yml")
    ruled = {intent for rule in _yaml("rules.yml")["rules"] for intent in _intents_of(rule)}
    assert set(domain["intents"]) == ruled
    assert set(BUTTONS) <= set(domain["intents"])


def test_every_small_talk_that_has_examples_is_known_to_the_dialogue() -> None:
    examples = {entry["intent"] for entry in _yaml("nlu.yml")["nlu"]}
    assert examples <= set(_yaml("domain.yml")["intents"])


def test_rules_are_written_on_intents_only() -> None:
    # actions/policy.py leaves out the search for rules on literal words.
    steps = [step for rule in _yaml("rules.yml")["rules"] for step in rule["steps"]]
    assert not [step for step in steps if "user" in step]
