"""Labelled questions in tab-separated files: a header with `text` and `label`, a question a line; more columns are allowed.

Several right labels are separated by `|`. Labels may hold any characters.
"""

from __future__ import annotations

import codecs
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from nlu.fitting import INTENT_PREFIX
from nlu.matching import ELSEWHERE
from nlu.text import clean

MOST_FAULTS = 20
"""Of more faults in a file these many are listed."""
_COLUMNS = ("text", "label")
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
    lines = _lines(path)
    header = _decoded(lines[0], 1)
    if isinstance(header, RowFault):
        raise Unreadable(path, [header])
    names = header.split("\t")
    missing = [name for name in _COLUMNS if name not in names]
    if missing:
        wrong = f"the header lacks {' and '.join(missing)}"
        raise Unreadable(path, [RowFault(1, wrong, "begin the file with text<TAB>label")])
    found = [_row(line, names, frozenset(out_of_scope), number) for number, line in enumerate(lines[1:], 2)]
    faults = [one for one in found if isinstance(one, RowFault)]
    if not found:
        faults.append(RowFault(2, "there is no row under the header", "add a question and its label a line"))
    if faults:
        raise Unreadable(path, faults)
    return [one for one in found if isinstance(one, Row)]


def _lines(path: Path) -> list[bytes]:
    try:
        raw = path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Unreadable(path, [RowFault(0, f"it cannot be read: {reason}", "name a readable file")]) from None
    # Not splitlines: customers' texts hold form feeds and line separators of their own.
    return raw.removeprefix(codecs.BOM_UTF8).removesuffix(b"\n").split(b"\n")


def _decoded(line: bytes, number: int) -> str | RowFault:
    try:
        return line.decode("utf-8").removesuffix("\r")
    except UnicodeDecodeError:
        return RowFault(number, "the line is not UTF-8", "save the file as UTF-8")


def _row(line: bytes, header: list[str], out_of_scope: frozenset[str], number: int) -> Row | RowFault:
    text = _decoded(line, number)
    if isinstance(text, RowFault):
        return text
    cells = text.split("\t")
    if len(cells) > len(header):
        wrong = f"the line has {len(cells)} cells, the header {len(header)}"
        return RowFault(number, wrong, "take tabs out of the texts, or name the column in the header")
    named = dict(zip(header, cells, strict=False))
    if not clean(named.get("text", "")):
        return RowFault(number, "the text is empty", "write the question, or take the line out")
    return _labelled(named["text"], named.get("label", ""), out_of_scope, number)


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
