"""Lists of what there is: states, tables, rooms, reasons, folders."""

from __future__ import annotations

import re
from dataclasses import fields

from bot.domain.handoff import HandoffReason
from bot.domain.message import MessageState
from bot.domain.reading import Urgency
from bot.doorways import KINDS
from bot.storage.tables import metadata
from bot.web.desk.texts import texts
from nlu.evaluation.running import Figures
from nlu.urgency import RULES
from tests.docs.pages import ROOT, coded, rows


def test_the_ledgers_states_are_told() -> None:
    told = [state for row in rows("docs/architecture.md", "## The ledger") for state in coded(row[0])]
    assert sorted(told) == sorted(MessageState)


def test_the_tables_are_told() -> None:
    told = [name for row in rows("docs/architecture.md", "## Storage tables") for name in coded(row[1])]
    assert sorted(told) == sorted(metadata.tables)


def test_the_rooms_are_told() -> None:
    told = {name for row in rows("docs/architecture.md", "## The rooms") for name in coded(row[0])}
    rooms = {path.name for path in (ROOT / "bot").iterdir() if path.is_dir() and path.name != "__pycache__"}
    modules = {path.name for path in (ROOT / "bot").glob("*.py") if not path.name.startswith("__")}
    assert {f"bot/{room}" for room in rooms} == {name for name in told if re.fullmatch(r"bot/\w+", name)}
    assert modules == {name.removeprefix("bot/") for name in told if name.endswith(".py")}


def test_reasons_for_a_handoff_are_told() -> None:
    assert [coded(row[0])[0] for row in rows("docs/handoff.md", "## When")] == list(HandoffReason)


def test_levels_and_reasons_of_urgency_are_told() -> None:
    table = rows("docs/handoff.md", "## Urgency")
    assert [coded(row[0])[0] for row in table] == [level.word for level in Urgency]
    told = {(coded(row[0])[0], reason) for row in table for reason in coded(row[1])}
    assert told == {(rule.level.value, rule.reason) for rule in RULES}


def test_the_figures_of_an_evaluation_are_told() -> None:
    told = [name for row in rows("docs/understanding.md", "## Measure it yourself") for name in coded(row[0])]
    assert told == [field.name for field in fields(Figures)]


def test_the_folders_of_tests_are_told() -> None:
    told = {name.removeprefix("tests/") for row in rows("docs/development.md", "## Tests") for name in coded(row[0])}
    folders = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders <= told


def test_every_channel_has_a_name_for_staff() -> None:
    for language in ("de", "en"):
        names = {key.removeprefix("channel.") for key in texts(language) if key.startswith("channel.")}
        assert names >= {kind.name for kind in KINDS}
