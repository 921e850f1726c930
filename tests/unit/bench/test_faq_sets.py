"""Sets of FAQs are read as they are public, and a broken line is named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bench.faq_sets import FAQ, Parts, read_faq, read_pairs
from bench.labelled_sets import NAMES, PUBLIC, SMALL, read_set
from bench.understanding import read_sets
from nlu.evaluation.labelled import Row, Unreadable

HEADER = "faq_question\tcustomer_question\tsame\n"
FAQS = '{"id": "7", "question": "How do I pay?"}\n{"id": "b|c", "question": "Where is it?"}\n'
QUERIES = "text\tfaq_id\npay how\t7\nwhere\tb|c\npaying\t7\nwhere to\tb|c\nplace\tb|c\n"


def pairs_in(folder: Path, text: str) -> Parts:
    (folder / "covidqa_de").mkdir()
    path = folder / "covidqa_de/pairs.tsv"
    path.write_text(text, encoding="utf-8")
    return read_pairs(path)


def faq_in(folder: Path, faqs: str = FAQS, queries: str = QUERIES, *, phrasings: bool = False) -> Parts:
    (folder / "stackfaq").mkdir()
    (folder / "stackfaq/faq.jsonl").write_text(faqs, encoding="utf-8")
    (folder / "stackfaq/queries.tsv").write_text(queries, encoding="utf-8")
    return read_faq(folder / "stackfaq", phrasings=phrasings)


def faults(reading: Callable[[], Parts]) -> list[tuple[str, int, str]]:
    with pytest.raises(Unreadable) as caught:
        reading()
    assert all(fault.hint for fault in caught.value.faults)
    return [(caught.value.path.name, fault.line, fault.wrong) for fault in caught.value.faults]


def test_a_customers_question_may_have_several_right_answers_and_unlike_pairs_ask_nothing(tmp_path: Path) -> None:
    text = "Wie zahle ich?\tzahlen\t1\nWo ist es?\tzahlen\t0\nWas kostet es?\tzahlen\t1\nWo ist es?\two\t1\nWo ist es?\two\t1\n"
    assert pairs_in(tmp_path, HEADER + text) == (
        (Row("Wie zahle ich?", ("faq 1",)), Row("Wo ist es?", ("faq 2",)), Row("Was kostet es?", ("faq 3",))),
        (Row("zahlen", ("faq 1", "faq 3")), Row("wo", ("faq 2",))),
    )


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("faq_question\tsame\n", 1, "the header lacks customer_question"),
        (HEADER + "a\tb\t1\na\tb\tyes\n", 3, "same is 'yes'"),
        (HEADER + "a\tb\n", 2, "same is ''"),
        (HEADER + " \tb\t1\n", 2, "a question of the pair is empty"),
        (HEADER + "a\tb\t1\t2\n", 2, "the line has 4 cells, the header 3"),
        (HEADER + "a\tb\t0\n", 0, "no pair is the same"),
    ],
)
def test_a_broken_pair_is_named(tmp_path: Path, text: str, line: int, words: str) -> None:
    assert faults(lambda: pairs_in(tmp_path, text)) == [("pairs.tsv", line, words)]


def test_an_faq_is_asked_by_its_queries(tmp_path: Path) -> None:
    train, test = faq_in(tmp_path)
    assert train == (Row("How do I pay?", ("faq 7",)), Row("Where is it?", ("faq b|c",)))
    assert [row.text for row in test] == ["pay how", "where", "paying", "where to", "place"]
    assert test[1].labels == ("faq b|c",)


def test_every_second_query_is_learned_as_a_phrasing_and_the_others_are_asked(tmp_path: Path) -> None:
    train, test = faq_in(tmp_path, phrasings=True)
    assert [row.text for row in train] == ["How do I pay?", "Where is it?", "where", "where to"]
    assert [row.text for row in test] == ["pay how", "paying", "place"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "the line is not JSON"),
        ("", "the line is not JSON"),
        ("[" * 100_000, "the line is not JSON"),
        ("[]", "it is no object with the texts id and question"),
        ('{"id": 1, "question": "a"}', "it is no object with the texts id and question"),
        ('{"id": "1", "question": " "}', "it is no object with the texts id and question"),
        ('{"id": "7", "question": "a"}', "line 1 has the id '7' too"),
    ],
)
def test_a_broken_line_of_an_faq_is_named(tmp_path: Path, line: str, words: str) -> None:
    assert faults(lambda: faq_in(tmp_path, f"{FAQS}{line}\n")) == [("faq.jsonl", 3, words)]


@pytest.mark.parametrize(
    ("queries", "line", "words"),
    [
        ("text\tid\n", 1, "the header lacks faq_id"),
        ("text\tfaq_id\n", 2, "there is no row under the header"),
        ("text\tfaq_id\nhm\t7\nhm\t8\n", 3, "no line of faq.jsonl has the id '8'"),
        ("text\tfaq_id\n \t7\n", 2, "the text is empty"),
    ],
)
def test_a_broken_query_is_named(tmp_path: Path, queries: str, line: int, words: str) -> None:
    assert faults(lambda: faq_in(tmp_path, queries=queries)) == [("queries.tsv", line, words)]


def test_the_sets_are_known_by_their_names_and_have_a_language(tmp_path: Path) -> None:
    pairs_in(tmp_path, f"{HEADER}Wo ist es?\two\t1\n")
    faq_in(tmp_path)
    assert set(SMALL) < set(NAMES)
    assert set(FAQ).isdisjoint(PUBLIC)
    spoken = {name: read_set(name, tmp_path).content.answers[0].phrasings[0].language for name in FAQ}
    assert spoken == {"covidqa-de": "de", "stackfaq": "en", "stackfaq-phrasings": "en"}
    about = "stackfaq-phrasings: 4 phrasings of 2 answers; 3 questions in scope, 0 out of scope"
    assert read_set("stackfaq-phrasings", tmp_path).about() == about


def test_a_missing_file_ends_the_program_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"pairs\.tsv, line 0: it cannot be read: .*\n.*bench/faq_sets\.py"):
        read_sets(["covidqa-de"], tmp_path)
