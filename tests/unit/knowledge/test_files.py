from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.knowledge.files import read_answers, read_small_talk
from bot.knowledge.publishing import content_of

GOOD = """
topic: contract
title: {de: Vertrag, en: Contract}
answers:
  - id: contract-cancel
    de: {question: "Wie kündige ich?", text: "{Schreib|Schreiben Sie} uns.", phrasings: [kündigen]}
"""


def faults(folder: Path) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        read_answers(folder)
    return [fault.wrong for fault in caught.value.faults]


def test_an_answer_is_read_as_written(tmp_path: Path) -> None:
    (tmp_path / "contract.yml").write_text(GOOD)
    [answer] = read_answers(tmp_path)
    assert answer.id == "contract-cancel"
    assert answer.text_in("en").language == "de"  # the language there is
    assert answer.topic_title("en") == "Contract"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (GOOD.replace("topic: contract", "topics: contract"), "topics"),
        (GOOD.replace("id: contract-cancel", "id: Kündigen!"), "answers.0.id"),
        (GOOD.replace('question: "Wie kündige ich?", ', ""), "answers.0.de.question"),
        ("topic: [", "expected"),
        ("topic: !!python/object/apply:os.system [id]", "python/object"),
    ],
)
def test_a_fault_names_the_file_and_the_place(tmp_path: Path, text: str, place: str) -> None:
    file = tmp_path / "contract.yml"
    file.write_text(text)
    assert any(str(file) in wrong and place in wrong for wrong in faults(tmp_path))


@pytest.mark.parametrize(
    ("written", "begins", "ends"),
    [
        ("valid_from: 2026-03-01", "2026-03-01T00:00:00+00:00", None),
        ("valid_until: 2026-03-31", None, "2026-04-01T00:00:00+00:00"),
        ("valid_until: 2026-12-24T18:00:00+01:00", None, "2026-12-24T17:00:00+00:00"),
        ("valid_until: 2026-12-24 18:00:00", None, "2026-12-24T18:00:00+00:00"),
    ],
)
def test_an_answer_is_valid_through_its_last_day(
    tmp_path: Path, written: str, begins: str | None, ends: str | None
) -> None:
    (tmp_path / "contract.yml").write_text(f"{GOOD}    {written}\n")
    [answer] = read_answers(tmp_path)
    found = [limit.isoformat() if limit else None for limit in (answer.valid_from, answer.valid_until)]
    assert found == [begins, ends]


def test_an_answer_that_is_never_valid_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "contract.yml").write_text(f"{GOOD}    valid_from: 2026-03-02\n    valid_until: 2026-03-01\n")
    assert any("valid_until" in wrong for wrong in faults(tmp_path))


def test_an_id_used_twice_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(GOOD)
    (tmp_path / "b.yml").write_text(GOOD)
    assert any("used twice" in wrong for wrong in faults(tmp_path))


def test_a_folder_without_answers_is_a_fault(tmp_path: Path) -> None:
    assert any("no answers" in wrong for wrong in faults(tmp_path))


def test_small_talk_that_is_no_training_data_is_a_fault(tmp_path: Path) -> None:
    file = tmp_path / "nlu.yml"
    file.write_text("nlu: 7")
    with pytest.raises(SettingsError):
        read_small_talk(file)


def test_the_version_of_content_changes_with_what_is_understood_and_with_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "contract.yml"
    versions = []
    for text in (GOOD, GOOD.replace("uns.", "uns bitte."), GOOD.replace("[kündigen]", "[raus hier]")):
        file.write_text(text)
        versions.append(content_of(read_answers(tmp_path), {}, [])["version"])
    assert versions[0] == versions[1]
    assert versions[1] != versions[2]
