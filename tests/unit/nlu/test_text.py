"""Cleaning, folding, stems and compounds."""

from __future__ import annotations

import pytest

from nlu.compounds import CompoundSplitter
from nlu.courtesy import without_courtesies
from nlu.stemming import stem
from nlu.text import MAX_LENGTH, clean, tokens


@pytest.mark.parametrize("typed", ["Kündigung", "kuendigung", "KÜNDIGUNG", "kundigung", "Ku\u0308ndigung"])
def test_umlauts_may_be_written_in_any_way(typed: str) -> None:
    assert tokens(clean(typed)) == ["kundigung"]


@pytest.mark.parametrize("typed", ["hiiiiilfe", "hilfe"])
def test_stretched_letters_are_shortened(typed: str) -> None:
    assert tokens(typed) == ["hilfe"]


def test_vowels_before_a_digraph_keep_their_e() -> None:
    assert tokens("neue treue") == ["neue", "treue"]


def test_links_addresses_and_long_numbers_are_masked() -> None:
    assert tokens(clean("https://a.example/x?y=1 max@mail.example 030 23125 100")) == ["xlink", "xmail", "xnumber"]


def test_long_texts_keep_beginning_and_end() -> None:
    cleaned = clean("anfang " + "x" * 50_000 + " ende")
    assert len(cleaned) <= MAX_LENGTH
    assert cleaned.startswith("anfang")
    assert cleaned.endswith("ende")


def test_lone_surrogates_vanish() -> None:
    assert clean("a\ud800b") == "ab"


def test_forms_of_a_word_share_a_stem() -> None:
    assert {stem(w) for w in ("kundigen", "kundigt", "gekundigt", "kundigte")} == {"kundig"}
    assert len({stem(w) for w in ("charge", "charges", "charged")}) == 1


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("mobilfunkrechnung", ("mobilfunk", "rechnung")),
        ("vertragsende", ("vertrag", "ende")),
        ("rechnung", ()),
        ("xyzrechnung", ()),
    ],
)
def test_compounds_are_split_into_known_words(word: str, parts: tuple[str, ...]) -> None:
    assert CompoundSplitter({"mobilfunk", "rechnung", "vertrag", "ende"}).split(word) == parts


def test_courtesies_are_taken_off_a_question() -> None:
    assert without_courtesies("hallo? bist du noch da? mein wlan geht nicht") == "mein wlan geht nicht"
    assert without_courtesies("Are you there? My wifi is gone") == "My wifi is gone"
    assert without_courtesies("is anyone there on sundays") == "is anyone there on sundays"
    assert without_courtesies("Hallo liebes Team, wie kündige ich? Vielen Dank im Voraus!") == "wie kündige ich?"


@pytest.mark.parametrize("text", ["hallo", "Guten Tag", "vielen Dank", "thanks"])
def test_a_courtesy_alone_stays(text: str) -> None:
    assert without_courtesies(text) == text
