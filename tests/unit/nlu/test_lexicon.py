"""Everyday words that mean the same, in two languages."""

from __future__ import annotations

from pathlib import Path

import pytest

import nlu
from nlu.concepts import default_table, lexicon
from nlu.content import AnswerEntry, Content, Phrasing
from nlu.context import has_matter
from nlu.features import Analyzer
from nlu.learning.training import fit
from nlu.understanding import Understanding

# A content of a field that the library was not written for, one phrasing an answer and most of them in one language.
SURGERY = {
    "fever": ("What should I do about a high temperature?", "en"),
    "prescription": ("How do I get a repeat prescription?", "en"),
    "vaccination": ("Which vaccinations do you offer?", "en"),
    "sick-note": ("Can you send the sick note to my employer?", "en"),
    "parking": ("Wo kann ich mein Auto abstellen?", "de"),
    "records": ("Wie lange bewahren Sie meine Patientenakte auf?", "de"),
}


@pytest.fixture(scope="module")
def surgery() -> Understanding:
    entries = (AnswerEntry(name, "", "faq", (Phrasing(*words),)) for name, words in SURGERY.items())
    return Understanding(fit(Content("surgery", tuple(entries), {})))


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Mein Kind hat Fieber", "fever"),
        ("Ich brauche ein neues Rezept", "prescription"),
        ("kann man sich bei euch impfen lassen", "vaccination"),
        ("Krankschreibung für meine Firma", "sick-note"),
        ("is there a car park?", "parking"),
    ],
)
def test_other_words_and_the_other_language_find_the_answer(surgery: Understanding, question: str, answer: str) -> None:
    assert surgery.read(question).candidates[0].answer_id == answer


@pytest.mark.parametrize("word", ["nur", "ein", "den", "but", "the", "mit", "nicht", "lassen", "montag", "service"])
def test_ordinary_words_are_not_mistaken_for_rare_ones(word: str) -> None:
    assert lexicon().of_word(word) == []


def test_a_word_that_names_a_concept_has_no_everyday_sense_beside_it() -> None:
    analyzer = Analyzer(())
    for word in ("rechnung", "sim", "kundigung"):
        assert default_table().of_word(word)
        assert analyzer.word(word).senses == ()


def test_everyday_words_alone_make_no_matter() -> None:
    assert not has_matter(Analyzer(()).terms("und gestern und vorgestern"))


def test_every_line_names_a_concept_and_its_expressions() -> None:
    file = Path(nlu.__file__).with_name("data") / "lexicon.tsv"
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    rows = [line.split("\t") for line in lines]
    assert all(len(row) == 2 and row[0].startswith("~") for row in rows)
    names = [name for name, _ in rows]
    assert len(names) == len(set(names))
    assert all(len(expressions.split(", ")) >= 3 for _, expressions in rows)
