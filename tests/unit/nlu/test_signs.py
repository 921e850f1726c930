"""The notation in which signs of urgency are written."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.signs import SignFinder, words_of
from nlu.urgency import detect

TABLE = [
    "[lost]",
    "handy .. verloren, verlor* mein|meine handy",
    "[count]",
    "zum <n> mal",
    "[wish]",
    "=würde",
    "[end]",
    "*alarm",
]


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        ("Ich habe mein Handy gestern im Bus verloren", {"lost"}),
        ("Ich mag mein Handy. Habe Gewicht verloren", set()),
        ("verliere meine Handy", set()),
        ("Verlor mein Handy", {"lost"}),
        ("zum 3. Mal", {"count"}),
        ("zum drei mal", {"count"}),
        ("ich würde gern", {"wish"}),
        ("es wurde gern", set()),
        ("der Feueralarm", {"end"}),
    ],
)
def test_expressions_fit_what_they_describe(text: str, signs: set[str]) -> None:
    assert {found.sign for found in SignFinder(TABLE).find(words_of(text))} == signs


WORDS = [
    "seit",
    "handy",
    "sperren",
    "gestern",
    "nicht",
    "mehr",
    "geht",
    "<n>",
    "3",
    "zum",
    "mal",
    "ganze",
    "straße",
    "fehlen",
    "euro",
    ".",
    "!",
    "?",
    "morgen",
    "frist",
    "heute",
    "anwalt",
    "jemand",
    "konto",
]


@given(st.lists(st.sampled_from(WORDS), max_size=400))
def test_no_order_of_words_takes_long(words: list[str]) -> None:
    started = time.process_time()
    detect(" ".join(words))
    assert time.process_time() - started < 0.5
