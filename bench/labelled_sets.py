"""The labelled sets that understanding is measured on: where their files are in a folder, and what is in them.

The sets themselves are not part of this project; their files have the form that docs/understanding.md tells, those of FAQs the one that
`bench.faq_sets` tells.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bench.faq_sets import FAQ
from bench.processes import ROOT
from bot.knowledge.files import read_answers
from bot.knowledge.publishing import content_of
from nlu.content import Content
from nlu.evaluation.labelled import Row, read_labelled
from nlu.evaluation.teaching import content_from


@dataclass(frozen=True)
class LabelledSet:
    """A public set: its files below the folder, its language, and the label of questions that nobody has an answer to."""

    name: str
    train: tuple[str, ...]
    test: tuple[str, ...]
    language: str = "en"
    out_of_scope: str | None = None


@dataclass(frozen=True)
class Questions:
    """A set that was read. `content` is what this project is fitted to, `train` the same for the others, a row a phrasing."""

    name: str
    content: Content
    train: tuple[Row, ...]
    test: tuple[Row, ...]

    def about(self) -> str:
        """How much there is of what."""
        inside = sum(bool(row.labels) for row in self.test)
        learned = f"{len(self.train)} phrasings of {len(self.content.answers)} answers"
        return f"{self.name}: {learned}; {inside} questions in scope, {len(self.test) - inside} out of scope"


SAMPLE = "sample"
"""The sample content of this project, asked by the development half of its labelled questions."""

PUBLIC = {
    one.name: one
    for one in (
        LabelledSet(
            "hint3-sofmattress",
            ("hint3_sofmattress/train.tsv",),
            ("hint3_sofmattress/test.tsv",),
            out_of_scope="NO_NODES_DETECTED",
        ),
        LabelledSet("banking77-10shot", ("banking77/train_10shot.tsv",), ("banking77/test.tsv",)),
        LabelledSet("hwu64-10shot", ("hwu64/train_10shot.tsv",), ("hwu64/valid.tsv",)),
        LabelledSet("banking77", ("banking77/train.tsv",), ("banking77/test.tsv",)),
        LabelledSet("hwu64", ("hwu64/train.tsv",), ("hwu64/valid.tsv",)),
        LabelledSet(
            "clinc150",
            ("clinc150/train.tsv", "clinc150/oos_train.tsv"),
            ("clinc150/val.tsv", "clinc150/oos_val.tsv"),
            out_of_scope="oos",
        ),
    )
}
NAMES = (*PUBLIC, *FAQ, SAMPLE)
SMALL = ("hint3-sofmattress", "banking77-10shot", "hwu64-10shot", "covidqa-de", "stackfaq", SAMPLE)


def read_set(name: str, folder: Path | None) -> Questions:
    """A set by its name, of `NAMES`; `folder` holds the public ones. Raises Unreadable where a file is missing or faulty."""
    if name == SAMPLE:
        return _sample()
    if folder is None:
        raise ValueError(f"{name} is in no folder")
    if name in FAQ:
        train, test = FAQ[name].read(folder)
        return Questions(name, content_from(train, FAQ[name].language), train, test)
    one = PUBLIC[name]
    nowhere = () if one.out_of_scope is None else (one.out_of_scope,)
    train = _rows(folder, one.train, nowhere)
    return Questions(name, content_from(train, one.language), train, _rows(folder, one.test, nowhere))


def _rows(folder: Path, files: Iterable[str], out_of_scope: tuple[str, ...]) -> tuple[Row, ...]:
    return tuple(row for file in files for row in read_labelled(folder / file, out_of_scope))


def sample_content() -> Content:
    """The answers of the sample content as they would be published; without small talk and urgency, of which no label tells."""
    return Content.from_dict(content_of(read_answers(ROOT / "data/answers"), {}))


def sample_questions() -> list[Row]:
    """The development half of the labelled questions."""
    return read_labelled(ROOT / "data/evaluation/questions.dev.tsv", ("none",))


def _sample() -> Questions:
    content = sample_content()
    train = tuple(Row(words.text, (entry.id,)) for entry in content.answers for words in entry.phrasings)
    return Questions(SAMPLE, content, train, tuple(sample_questions()))
