"""Labelled messages as files: tables that people can write in any editor, one file an author. Every faulty line is named, and nothing is half-read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError, model_validator

from bot.errors import Fault, SettingsError

NONE = "none"
"""The label of questions that no answer answers."""

Language = Literal["de", "en"]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _UrgentOrCalm(_Line):
    text: Words
    level: Literal["emergency", "high", "normal", "low"]
    reason: Literal[
        "self_harm",
        "danger",
        "emergency_call",
        "health",
        "fraud",
        "sim_stolen",
        "outage",
        "deadline",
        "repeated",
        "rage",
        "",
    ]
    language: Language

    @model_validator(mode="after")
    def _urgent_for_a_reason(self) -> _UrgentOrCalm:
        if (self.level in ("emergency", "high")) != bool(self.reason):
            raise ValueError("an urgent message needs a reason, a calm one has none")
        return self


class _Question(_Line):
    text: Words
    label: Words
    language: Language


L = TypeVar("L", bound=_Line)


def read_urgency(folder: Path) -> list[dict[str, Any]]:
    """The messages labelled with their urgency: `text`, `level`, `reason` and `language`. See `_read`."""
    return [line.model_dump() for line in _read(folder, _UrgentOrCalm, "content.urgency")]


def read_outcomes(folder: Path) -> list[dict[str, Any]]:
    """Customers' questions whose right answers are known: `text`, `language` and `answer_ids`, none where nothing answers them.

    In the files several right answers are divided by `|`, and `none` says that there is none. See `_read`.
    """
    return [
        {
            "text": line.text,
            "language": line.language,
            "answer_ids": [] if line.label == NONE else line.label.split("|"),
        }
        for line in _read(folder, _Question, "content.outcomes")
    ]


def _read(folder: Path, kind: type[L], fault: str) -> list[L]:
    """All lines of the TSV files in `folder`; none where there is no such folder.

    The first line of each names the columns. Raises SettingsError with every faulty line.
    """
    columns = list(kind.model_fields)
    form = f"{len(columns)} columns divided by tabs: {', '.join(columns)}"
    faults: list[Fault] = []
    found: list[L] = []
    for file in sorted(folder.glob("*.tsv")):
        try:
            head, *lines = file.read_text(encoding="utf-8").splitlines() or [""]
        except (OSError, UnicodeDecodeError) as error:
            faults.append(Fault(fault, f"{file}: {error}", "save it as UTF-8 text"))
            continue
        if head.split("\t") != columns:
            faults.append(Fault(fault, f"{file}, line 1: the columns are not named", form))
            continue
        for number, line in enumerate(lines, start=2):
            try:
                found.append(kind.model_validate(dict(zip(columns, line.split("\t"), strict=True))))
            except ValueError as error:
                wrong = (
                    error.errors()[0]["msg"] if isinstance(error, ValidationError) else f"not {len(columns)} columns"
                )
                faults.append(Fault(fault, f"{file}, line {number}: {wrong}", form))
    if faults:
        raise SettingsError(faults)
    return found
