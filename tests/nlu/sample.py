"""Reads the sample content and the labelled messages for measuring understanding."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from nlu.content import AnswerEntry, Content, Outcome, Phrasing, UrgencyExample

DATA = Path(__file__).parents[2] / "data"
_ADDRESS = re.compile(r"\{([^|{}]*)\|[^{}]*\}")


@dataclass(frozen=True)
class Row:
    """One labelled message; `labels` are the ids that are right, or `none`."""

    text: str
    labels: tuple[str, ...]
    language: str


def load_content(folder: Path = DATA) -> Content:
    """Answers and small talk of the sample data, as the bot would pass them to the library."""
    answers: list[AnswerEntry] = []
    for path in sorted((folder / "answers").rglob("*.yml")):
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        answers += [_faq(entry, data["topic"]) for entry in data.get("answers", ())]
        answers += [_community(entry, data["topic"]) for entry in data.get("questions", ())]
    nlu = folder / "rasa" / "nlu.yml"
    small_talk = yaml.safe_load(nlu.read_text(encoding="utf-8"))["nlu"] if nlu.exists() else []
    intents = {item["intent"]: _examples(item["examples"]) for item in small_talk if "intent" in item}
    outcomes = tuple(
        Outcome(row.text, row.language, () if row.labels == ("none",) else row.labels)
        for path in sorted((folder / "outcomes").glob("*.tsv"))
        for row in _questions(path)
    )
    return Content("sample", tuple(answers), intents, tuple(load_labelled(folder / "urgency")), outcomes=outcomes)


def load_labelled(folder: Path) -> list[UrgencyExample]:
    """The messages that urgency is learned from."""
    found: list[UrgencyExample] = []
    for path in sorted(folder.glob("*.tsv")):
        with path.open(encoding="utf-8", newline="") as lines:
            rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
            found += [UrgencyExample(row["text"], row["level"], row["reason"] or "", row["language"]) for row in rows]
    return found


def _faq(entry: dict[str, Any], topic: str) -> AnswerEntry:
    phrasings = [
        Phrasing(_ADDRESS.sub(r"\1", str(text)), language)
        for language in ("de", "en")
        if language in entry
        for text in (entry[language]["question"], *entry[language].get("phrasings", ()))
    ]
    return AnswerEntry(entry["id"], topic, "faq", tuple(phrasings))


def _community(entry: dict[str, Any], topic: str) -> AnswerEntry:
    phrasings = [Phrasing(str(entry["title"]), entry["language"])]
    phrasings += [Phrasing(str(t), language) for language, texts in entry.get("phrasings", {}).items() for t in texts]
    return AnswerEntry(entry["id"], topic, "community", tuple(phrasings))


def _examples(block: str) -> tuple[str, ...]:
    lines = (line.strip() for line in block.splitlines())
    return tuple(
        re.sub(r"\[([^\]]+)\][({][^)}]*[)}]", r"\1", line[1:].strip()) for line in lines if line.startswith("-")
    )


def load_questions(half: str) -> list[Row]:
    """The labelled questions of one half, `dev` or `test`."""
    return _questions(DATA / "evaluation" / f"questions.{half}.tsv")


def _questions(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [Row(row["text"], tuple(row["label"].split("|")), row["language"]) for row in rows]


def load_urgency(half: str) -> list[tuple[str, str, str]]:
    """(text, level, reason) of one half, `dev` or `test`."""
    with (DATA / "evaluation" / f"urgency.{half}.tsv").open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [(row["text"], row["level"], row["reason"] or "") for row in rows]
