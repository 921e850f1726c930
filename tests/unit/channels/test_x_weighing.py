"""How long a text is to X, and what of a long one is posted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.x.weighing import MAX_WEIGHT, fitted, weight
from tests.fakes.x import least_weight

LINK = "https://www.fernblick.example/answers/contract-cancel?language=de"


@pytest.mark.parametrize(
    ("text", "weighs"),
    [  # mostly from X's own conformance tests: twitter-text, conformance/validate.yml, WeightedTweetsCounterTest
        ("Hi http://test.co", 26),
        ("http://test.co", 23),
        ("https://www.twitter.com/aloha " * 10, 240),
        ("285 chars-" + "xxxxxxxxxx-" * 25, 285),
        ("故人西辞黄鹤楼，烟花三月下扬州。", 32),
        ("the故人西辞黄鹤楼", 17),
        ("😷" * 160, 320),
        ("😷👾😡🔥💩", 10),
        ("A\u0301B", 2),
        ("A\ufb2c", 4),
        ("🙋🏽👨‍🎤", 4),
        ("H🐱☺👨‍👩‍👧‍👦", 7),
        (
            "This is a tweet with general punctuation characters: \u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u200c\u200d"
            " ‐ ‑ ‒ – — ― ‖  ‗ ‘ ’ ‚ ‛ “ ” „ ‟ ′ ″ ‴ ‵ ‶ ‷",
            112,
        ),
        ("1️⃣ 🇩🇪", 5),
        ("Test https://test.com test https://test.com test.com test", 86),
        ("…", 2),
        ("Straße, Grüße", 13),
    ],
)
def test_a_text_weighs_what_x_says(text: str, weighs: int) -> None:
    assert weight(text) == weighs


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60))
def test_nothing_weighs_less_here_than_there(text: str) -> None:
    assert weight(text) >= least_weight(text) - text.count("\u0301")


def test_what_fits_stays_as_it_is() -> None:
    text = f"Online unter „Mein Vertrag“.\n{LINK}"
    assert fitted(text) == text


def test_what_is_too_long_ends_with_a_sentence_and_keeps_its_link() -> None:
    text = (
        "Das geht online. "
        + "Dafür brauchen Sie Ihre Kundennummer und etwas Zeit. " * 8
        + f"\n\nQuelle: Kündigen {LINK}"
    )
    cut = fitted(text)
    assert weight(cut) <= MAX_WEIGHT
    assert cut.startswith("Das geht online. Dafür brauchen Sie")
    assert cut.endswith(f"und etwas Zeit…\n{LINK}")


def test_who_speaks_is_said_however_long_the_rest_is() -> None:
    text = (
        "Das geht online, dafür brauchen Sie Ihre Kundennummer. " * 8 + LINK + "\n\nAutomatische Antwort von Fernblick."
    )
    cut = fitted(text)
    assert weight(cut) <= MAX_WEIGHT
    assert cut.endswith(f"…\n{LINK}\n\nAutomatische Antwort von Fernblick.")


def test_of_several_links_the_last_is_kept_for_it_leads_to_the_whole() -> None:
    cut = fitted("Siehe https://a.example/1 und dort " + "lesen Sie bitte weiter " * 20 + LINK)
    assert cut.count("https://") == 1
    assert cut.endswith(LINK)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=900))
def test_whatever_is_posted_fits(text: str) -> None:
    assert weight(fitted(text)) <= MAX_WEIGHT
