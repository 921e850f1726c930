"""Labelled questions in tab-separated files: a header with `text` and `label`, a question a line; more columns are allowed.

Several right labels are separated by `|`. Labels may hold any characters.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from nlu.matching import ELSEWHERE, INTENT_PREFIX
from nlu.text import clean

MOST_FAULTS = 20
"""Of more faults in a file these many are listed."""
_T = TypeVar("_T")
_RESERVED = (INTENT_PREFIX, ELSEWHERE, "=")


@dataclass(frozen=True)
class Row:
    """A question with the ids of the answers that are right; without any nobody has an answer to it."""

    text: str
    labels: tuple[str, ...]


@dataclass(frozen=True)
class RowFault:
    """What is wrong in a line of a file, and how to mend it. Lines count from 1; 0 is the file as a whole."""

    line: int
    wrong: str
    hint: str


class Unreadable(Exception):
    """A file of labelled questions cannot be used. Carries its faults, at most `MOST_FAULTS` and one that tells how many more there are."""

    def __init__(self, path: Path, faults: list[RowFault]) -> None:
        more = len(faults) - MOST_FAULTS
        rest = [RowFault(0, f"{more} more faults", "mend those above and try again")] if more > 0 else []
        self.path = path
        self.faults = tuple(faults[:MOST_FAULTS] + rest)
        super().__init__("; ".join(f"{path}, line {fault.line}: {fault.wrong}" for fault in self.faults))


def read_labelled(path: Path, out_of_scope: Collection[str] = ()) -> list[Row]:
    """The rows of a file. `out_of_scope`: labels that say that nobody has an answer. Raises Unreadable."""
    nowhere = frozenset(out_of_scope)
    found = read_table(path, ("text", "label"), lambda number, cells: _row(number, cells, nowhere))
    if not found:
        raise Unreadable(path, [RowFault(2, "there is no row under the header", "add a question and its label a line")])
    return found


def read_table(path: Path, columns: Sequence[str], row_of: Callable[[int, dict[str, str]], _T | RowFault]) -> list[_T]:
    """What `row_of` makes of the number and the cells of each line under a header that names `columns`, and perhaps more. Raises Unreadable.

    Cells that a line lacks are empty.
    """
    header, *lines = read_lines(path)
    if isinstance(header, RowFault):
        raise Unreadable(path, [header])
    names = header.split("\t")
    missing = [name for name in columns if name not in names]
    if missing:
        wrong = f"the header lacks {' and '.join(missing)}"
        raise Unreadable(path, [RowFault(1, wrong, f"begin the file with {'<TAB>'.join(columns)}")])

    def row(number: int, line: str) -> _T | RowFault:
        cells = line.split("\t")
        if len(cells) > len(names):
            wrong = f"the line has {len(cells)} cells, the header {len(names)}"
            return RowFault(number, wrong, "take tabs out of the texts, or name the column in the header")
        return row_of(number, dict.fromkeys(names, "") | dict(zip(names, cells, strict=False)))

    return each(path, lines, row, first=2)


def read_lines(path: Path) -> list[str | RowFault]:
    """The lines of a file, at least one. Raises Unreadable where there is no such file."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Unreadable(path, [RowFault(0, f"it cannot be read: {reason}", "name a readable file")]) from None
    # Not splitlines: customers' texts hold form feeds and line separators of their own.
    lines = raw.removeprefix(codecs.BOM_UTF8).removesuffix(b"\n").split(b"\n")
    return [_decoded(line, number) for number, line in enumerate(lines, 1)]


def each(
    path: Path, lines: Iterable[str | RowFault], row_of: Callable[[int, str], _T | RowFault], first: int = 1
) -> list[_T]:
    """What `row_of` makes of each line and its number. Raises Unreadable with all faults, those of the lines and those it finds."""
    found = [line if isinstance(line, RowFault) else row_of(number, line) for number, line in enumerate(lines, first)]
    faults = [one for one in found if isinstance(one, RowFault)]
    if faults:
        raise Unreadable(path, faults)
    return [one for one in found if not isinstance(one, RowFault)]


def _decoded(line: bytes, number: int) -> str | RowFault:
    try:
        return line.decode("utf-8").removesuffix("\r")
    except UnicodeDecodeError:
        return RowFault(number, "the line is not UTF-8", "save the file as UTF-8")


def _row(number: int, cells: dict[str, str], out_of_scope: frozenset[str]) -> Row | RowFault:
    if not clean(cells["text"]):
        return RowFault(number, "the text is empty", "write the question, or take the line out")
    return _labelled(cells["text"], cells["label"], out_of_scope, number)


def _labelled(text: str, label: str, out_of_scope: frozenset[str], number: int) -> Row | RowFault:
    labels = [one.strip() for one in label.split("|")]
    if not all(labels):
        return RowFault(number, "a label is empty", "write the label of the right answer")
    nowhere = [one in out_of_scope for one in labels]
    if any(nowhere) and not all(nowhere):
        return RowFault(number, "it has an answer and is out of scope", "decide for one of them")
    return Row(text, () if any(nowhere) else tuple(dict.fromkeys(_id(one) for one in labels)))


def _id(label: str) -> str:
    """The id of a label's answer: the label itself, unless the matcher means something else by it."""
    return f"={label}" if label.startswith(_RESERVED) else label
