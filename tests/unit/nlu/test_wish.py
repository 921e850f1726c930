"""A wish for a language beside a question."""

from __future__ import annotations

import pytest

from nlu.wish import wish_in


@pytest.mark.parametrize(
    ("text", "language", "matter"),
    [
        ("can we do this in English? my internet is slow", "en", "my internet is slow"),
        ("in english please how do I cancel my contract", "en", "how do I cancel my contract"),
        ("auf deutsch bitte, was kostet roaming", "de", "was kostet roaming"),
        ("was kostet roaming auf englisch bitte", "en", "was kostet roaming"),
        ("ich kann kein englisch, mein internet ist langsam", "de", "mein internet ist langsam"),
        ("I don't speak German, English please: where is my bill", "en", "where is my bill"),
        ("deutsch bitte, kein englisch. wo ist meine rechnung", "de", "wo ist meine rechnung"),
        ("my German is bad. the tv does not work", "en", "the tv does not work"),
    ],
)
def test_the_wish_and_the_matter_are_told_apart(text: str, language: str, matter: str) -> None:
    wish = wish_in(text)
    assert wish is not None
    assert (wish.language, wish.rest.strip(" .,:?")) == (language, matter)


@pytest.mark.parametrize(
    "text",
    [
        "is the router manual available in German?",
        "kann ich die rechnung auf englisch bekommen",
        "what is Vertrag in english",
        "my internet is slow",
    ],
)
def test_a_language_that_is_only_named_is_no_wish(text: str) -> None:
    assert wish_in(text) is None


@pytest.mark.parametrize("text", ["english please", "kannst du deutsch?", "", "in English"])
def test_a_wish_alone_leaves_nothing_to_ask(text: str) -> None:
    assert wish_in(text) is None
