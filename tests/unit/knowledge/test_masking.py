"""What identifies a person does not get into what is learned from."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge.masking import LONGEST, masked
from nlu.text import clean, tokens

NUMBERS = [
    "48213",
    "0151 2345678",
    "+49 (0)30 / 123-45-67",
    "0151.234.56.78",
    "0 1 5 1 2 3",
    "DE89 3704 0044 0532 0130 00",
    "DE89370400440532013000",
    "KD-48213",
    "AB12-CD34-EF56",
    "A1B2C3D4E5",
    "٠١٥١٢٣٤٥",
    "⁰¹⁵¹²³⁴⁵",
    "0151\u200b2345\u200b678",
    "０１５１２３４５",
]
ADDRESSES = [
    "erika.mustermann@example.com",
    "<erika@xn--exmple-cua.de>",
    "erika @ example.com",
    "erika(at)example.com",
    "erika [at] example.com",
    "@erika_m",
    "ERIKA@EXAMPLE",
]
LINKS = ["https://example.com/konto?kunde=abc", "www.example.com/erika", "t.me/erika"]


@pytest.mark.parametrize("number", NUMBERS)
def test_long_numbers_become_zeros(number: str) -> None:
    text = masked(f"meine Nummer ist {number}, bitte ändern")
    assert not re.search("[1-9]", text)
    assert text.startswith("meine Nummer ist ")
    assert text.endswith(", bitte ändern")


@pytest.mark.parametrize("address", [*ADDRESSES, *LINKS])
def test_addresses_and_links_are_nobodys(address: str) -> None:
    text = masked(f"schreibt an {address} danke")
    assert "erika" not in text.casefold()
    assert text.startswith("schreibt an ")
    assert text.endswith(" danke")


@pytest.mark.parametrize(
    "text", ["iPhone 15 mit 256 GB", "5G für 9,99 € im Monat", "am 3. Mai um 14 Uhr", "Router 7590", "", "was @ bitte?"]
)
def test_what_says_nothing_about_a_person_stays(text: str) -> None:
    assert masked(text).replace("mail@example.org", "was@bitte") in (text, "was@bitte")


@pytest.mark.parametrize(
    "text", ["ruft mich an 0151 2345678", "schreibt an erika@example.com", "seht https://a.de/x?y=1 nach"]
)
def test_what_is_masked_is_read_like_the_original(text: str) -> None:
    assert tokens(clean(masked(text))) == tokens(clean(text))


@given(st.text(st.sampled_from("0159٣²a_@.-/( )+\n\u200b\u2009"), max_size=80))
def test_no_five_digits_together_and_no_address_are_left(text: str) -> None:
    found = masked(text)
    assert not re.search(r"\d(?:[^\w\n]{0,3}\d){4}", re.sub("0", "", found))
    assert set(re.findall(r"\S*@\S+", found)) <= {"mail@example.org"}


@given(st.text())
def test_any_text_is_masked_and_stays_so(text: str) -> None:
    once = masked(text)
    assert len(once) <= LONGEST
    assert masked(once) == once


@pytest.mark.parametrize("part", ["1", "1 ", "a", "a@", "@", " ", "(at", "1-.", "www.", "1a"])
def test_it_takes_no_longer_than_the_text_is_long(part: str) -> None:
    began = time.perf_counter()
    masked(part * (64 * 1024 // len(part)))
    assert time.perf_counter() - began < 1.0
