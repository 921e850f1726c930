"""Sets of FAQs: a question an answer and what customers ask instead, in the form in which they are public.

`pairs.tsv` has a line a pair, with `faq_question`, `customer_question` and in `same` 1 or 0. `faq.jsonl` has an object a line, with the texts `id` and
`question`; `queries.tsv` beside it has in `text` what customers ask and in `faq_id` the answer to it. Headers may name more columns.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nlu.evaluation.labelled import Row, RowFault, Unreadable, each, read_lines, read_table
from nlu.text import clean

Parts = tuple[tuple[Row, ...], tuple[Row, ...]]
"""What is learned and what is asked."""


@dataclass(frozen=True)
class FaqSet:
    """A public set: its language, and how it is read from the folder. `read` raises Unreadable."""

    name: str
    language: str
    read: Callable[[Path], Parts]


def read_pairs(path: Path) -> Parts:
    """Each FAQ question of the pairs as an answer; asked is what customers say in the pairs that are the same."""
    answers: dict[str, str] = {}
    asked: dict[str, list[str]] = {}
    for faq, customer, same in read_table(path, ("faq_question", "customer_question", "same"), _pair):
        answer = answers.setdefault(faq, _answer(str(len(answers) + 1)))
        if same:
            asked.setdefault(customer, []).append(answer)
    if not asked:
        raise Unreadable(path, [RowFault(0, "no pair is the same", "write a 1 under same where the questions are")])
    train = tuple(Row(faq, (answer,)) for faq, answer in answers.items())
    return train, tuple(Row(text, tuple(dict.fromkeys(right))) for text, right in asked.items())


def read_faq(folder: Path, *, phrasings: bool) -> Parts:
    """The questions of `faq.jsonl` as answers, asked by `queries.tsv`; with `phrasings` every second query is learned instead of asked."""
    path = folder / "faq.jsonl"
    lines: dict[str, int] = {}
    train = each(path, read_lines(path), lambda number, line: _faq(number, line, lines))
    path = folder / "queries.tsv"
    queries = read_table(path, ("text", "faq_id"), lambda number, cells: _query(number, cells, lines))
    if not queries:
        raise Unreadable(path, [RowFault(2, "there is no row under the header", "add a query and its answer's id")])
    if not phrasings:
        return tuple(train), tuple(queries)
    return (*train, *queries[1::2]), tuple(queries[::2])


def _pair(number: int, cells: dict[str, str]) -> tuple[str, str, bool] | RowFault:
    faq, customer, same = cells["faq_question"], cells["customer_question"], cells["same"]
    if not clean(faq) or not clean(customer):
        return RowFault(number, "a question of the pair is empty", "write both questions, or take the line out")
    if same not in ("0", "1"):
        return RowFault(number, f"same is {same!r}", "write 1 where both ask the same, else 0")
    return faq, customer, same == "1"


def _faq(number: int, line: str, known: dict[str, int]) -> Row | RowFault:
    """A question; `known`, the ids with their lines, gets its id."""
    hint = 'write {"id": "1", "question": "How do I …?"}'
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return RowFault(number, "the line is not JSON", hint)
    identity, question = (found.get("id"), found.get("question")) if isinstance(found, dict) else (None, None)
    if not isinstance(identity, str) or not isinstance(question, str) or not identity or not clean(question):
        return RowFault(number, "it is no object with the texts id and question", hint)
    if known.setdefault(identity, number) != number:
        return RowFault(number, f"line {known[identity]} has the id {identity!r} too", "give each question its own id")
    return Row(question, (_answer(identity),))


def _query(number: int, cells: dict[str, str], known: dict[str, int]) -> Row | RowFault:
    if not clean(cells["text"]):
        return RowFault(number, "the text is empty", "write the query, or take the line out")
    if cells["faq_id"] not in known:
        wrong = f"no line of faq.jsonl has the id {cells['faq_id']!r}"
        return RowFault(number, wrong, "write the id of the right answer")
    return Row(cells["text"], (_answer(cells["faq_id"]),))


def _answer(identity: str) -> str:
    """The answer's label, which is never a word of the matcher."""
    return f"faq {identity}"


FAQ = {
    one.name: one
    for one in (
        FaqSet("covidqa-de", "de", lambda folder: read_pairs(folder / "covidqa_de/pairs.tsv")),
        FaqSet("stackfaq", "en", lambda folder: read_faq(folder / "stackfaq", phrasings=False)),
        FaqSet("stackfaq-phrasings", "en", lambda folder: read_faq(folder / "stackfaq", phrasings=True)),
    )
}
