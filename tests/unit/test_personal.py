"""Personal data is found as people write it, and what looks like it is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.personal import Kind, Personal

PERSONAL = Personal(r"(?<!\d)\d{10}(?!\d)", ("030 23125 100", "service@fernblick.example"))


def kinds(text: str) -> list[tuple[Kind, str]]:
    return [(one.kind, text[one.start : one.end]) for one in PERSONAL.find(text)]


@pytest.mark.parametrize(
    ("text", "kind", "what"),
    [
        ("Ruft mich an: 0171 5552368", Kind.PHONE, "0171 5552368"),
        ("unter +49 (0)171/555-23-68 bin ich da", Kind.PHONE, "+49 (0)171/555-23-68"),
        ("call me on +44 20 7946 0018 please", Kind.PHONE, "+44 20 7946 0018"),
        ("IBAN DE89 3704 0044 0532 0130 00 danke", Kind.IBAN, "DE89 3704 0044 0532 0130 00"),
        ("meine iban ist de89370400440532013000.", Kind.IBAN, "de89370400440532013000"),
        ("GB29 NWBK 6016 1331 9268 19 is mine", Kind.IBAN, "GB29 NWBK 6016 1331 9268 19"),
        ("Karte 4111 1111 1111 1111 abgelaufen", Kind.CARD, "4111 1111 1111 1111"),
        ("schreibt an jürgen.müller@beispiel.de!", Kind.MAIL, "jürgen.müller@beispiel.de"),
        ("Kundennummer 4711081599, bitte prüfen", Kind.CUSTOMER_NUMBER, "4711081599"),
    ],
)
def test_it_is_found_where_it_stands(text: str, kind: Kind, what: str) -> None:
    assert kinds(text) == [(kind, what)]
    assert what not in PERSONAL.masked(text)
    assert "•" in PERSONAL.masked(text)


@pytest.mark.parametrize(
    "text",
    [
        "Seit 12.11.2026 um 17:30 Uhr geht nichts, Fehler 0x8007045D",
        "Auf der Rechnung stehen 1.249,99 € statt 49,99 €",
        "Eure Hotline 030 23125 100 ist besetzt",
        "Antwort von service@fernblick.example kam nie, +49 30 23125100 auch nicht",
        "FRITZ!Box 7590 AX, Firmware 7.57, 100 Mbit/s statt 250",
        "PLZ 10999, Hausnummer 12",
        "DE89 ist kein Konto",
    ],
)
def test_what_only_looks_like_it_is_left_alone(text: str) -> None:
    assert kinds(text) == []
    assert PERSONAL.masked(text) == text


def test_several_in_one_text_are_masked_each_and_the_rest_stays() -> None:
    text = "Bitte 0171 5552368 anrufen oder an a@b.de schreiben, IBAN DE89370400440532013000"
    assert PERSONAL.masked(text) == "Bitte •••••••• anrufen oder an •••••• schreiben, IBAN ••••••••"


@given(st.text(max_size=300))
def test_findings_are_in_order_apart_and_within_the_text(text: str) -> None:
    places = [place for one in PERSONAL.find(text) for place in (one.start, one.end)]
    assert places == sorted(places)
    assert all(0 <= place <= len(text) for place in places)
