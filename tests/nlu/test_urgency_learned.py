"""Urgency as learned from the sample's labelled messages, and how these are read."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.knowledge.labelled import read_urgency
from bot.knowledge.publishing import content_of
from nlu.content import Content
from nlu.reading import Level
from nlu.understanding import Understanding
from tests.nlu.sample import DATA, load_content, load_labelled

pytestmark = pytest.mark.timeout(600)

HEAD = "text\tlevel\treason\tlanguage\n"


def test_the_bot_teaches_what_is_measured() -> None:
    labelled = read_urgency(DATA / "urgency")
    assert len(labelled) > 1000
    assert labelled == [asdict(example) for example in load_labelled(DATA / "urgency")]


def test_labelled_messages_are_part_of_the_content_and_its_version() -> None:
    labelled = [{"text": "es brennt", "level": "emergency", "reason": "danger", "language": "de"}]
    with_them, without = content_of([], {}, labelled), content_of([], {})
    assert [asdict(example) for example in Content.from_dict(with_them).urgency] == labelled
    assert with_them["version"] != without["version"]


def test_no_folder_is_no_fault(tmp_path: Path) -> None:
    assert read_urgency(tmp_path / "none") == []


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (HEAD + "hallo\tlow\t\tde\nes brennt\tdire\tdanger\tde\n", "a.tsv, line 3"),
        (HEAD + "es brennt\themergency\n", "a.tsv, line 2"),
        (HEAD + "es brennt\temergency\t\tde\n", "needs a reason"),
        (HEAD + "hallo\tnormal\tdanger\tde\n", "a calm one has none"),
        ("hallo\tlow\t\tde\n", "a.tsv, line 1"),
        ("", "a.tsv, line 1"),
    ],
)
def test_a_fault_names_file_and_line(tmp_path: Path, text: str, place: str) -> None:
    (tmp_path / "a.tsv").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        read_urgency(tmp_path)
    assert [fault.wrong for fault in caught.value.faults if place in fault.wrong]


@pytest.mark.parametrize(
    "text",
    [
        "Was mache ich, falls mein Handy mal gestohlen wird?",
        "Was passiert eigentlich, wenn mir jemand das Handy klaut?",
        "What should I do if my phone gets stolen one day?",
        "Wie schütze ich mein Konto davor, gehackt zu werden?",
        "how do i protect my account from being hacked",
    ],
)
def test_imagined_theft_is_calm(understanding: Understanding, text: str) -> None:
    assert understanding.read(text).urgency.level in (Level.NORMAL, Level.LOW)


def test_ordinary_questions_raise_few_alarms(understanding: Understanding) -> None:
    """Questions as they stand over the answers, of all topics but safety and faults, and but for a lost phone."""
    urgent = ("security", "internet", "technician")
    calm = [e for e in load_content().answers if e.topic not in urgent and e.id != "sim-lost-stolen"]
    titles = [entry.phrasings[0].text for entry in calm]
    alarms = [understanding.read(title).urgency.level in (Level.EMERGENCY, Level.HIGH) for title in titles]
    assert len(alarms) > 80
    assert sum(alarms) <= 0.05 * len(alarms)  # the floor that holds for all ordinary messages
