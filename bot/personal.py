"""Finds personal data in a text, and masks it: phone numbers, bank accounts, card numbers, e-mail addresses, customer numbers.

Names and places cannot be told from other words, and stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers
from schwifty import IBAN
from schwifty.exceptions import SchwiftyException

REGION = "DE"  # where a number without a country code belongs
MOST = 20_000  # characters that are looked at; beyond them everything is masked

_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_IBAN = re.compile(r"\b[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}\b")
_CARD = re.compile(r"(?<![\d.,])\d(?:[ -]?\d){12,18}(?![\d.,])")


class Kind(StrEnum):
    """What kind of personal data something is."""

    PHONE = "phone"
    IBAN = "iban"
    CARD = "card"
    MAIL = "mail"
    CUSTOMER_NUMBER = "customer_number"


@dataclass(frozen=True)
class Finding:
    """Personal data from character `start` to before `end`."""

    kind: Kind
    start: int
    end: int


class Personal:
    """Knows personal data by sight. `customer_number`: the pattern of the company's own numbers; `own`: addresses and phone numbers that are no secret."""

    def __init__(self, customer_number: str, own: tuple[str, ...] = ()) -> None:
        self._customer_number = re.compile(customer_number)
        self._own = frozenset(filter(None, (_bare(one) for one in own)))

    def find(self, text: str) -> list[Finding]:
        """All that was found, in the order of the text; where two kinds overlap, the one that is surer."""
        found: list[Finding] = []
        for one in self._candidates(text[:MOST]):
            overlaps = any(one.start < other.end and other.start < one.end for other in found)
            if not overlaps and _bare(text[one.start : one.end]) not in self._own:
                found.append(one)
        return sorted(found, key=lambda one: one.start)

    def masked(self, text: str) -> str:
        """`text` with dots in the place of everything that was found."""
        parts, position = [], 0
        for one in self.find(text):
            parts += [text[position : one.start], "•" * min(one.end - one.start, 8)]
            position = one.end
        return "".join([*parts, text[position:MOST]])

    def _candidates(self, text: str) -> Iterator[Finding]:
        """Surest first."""
        yield from (Finding(Kind.MAIL, *one.span()) for one in _MAIL.finditer(text))
        yield from _ibans(text)
        yield from (Finding(Kind.CARD, *one.span()) for one in _CARD.finditer(text) if _has_check_digit(one.group()))
        phones = phonenumbers.PhoneNumberMatcher(text, REGION, leniency=phonenumbers.Leniency.VALID)
        yield from (Finding(Kind.PHONE, one.start, one.end) for one in phones)
        yield from (Finding(Kind.CUSTOMER_NUMBER, *one.span()) for one in self._customer_number.finditer(text))


def _ibans(text: str) -> Iterator[Finding]:
    """Account numbers with a right check sum (ISO 13616). What follows one in the same breath is left off, group by group."""
    for found in _IBAN.finditer(text):
        start, end = found.span()
        while end - start >= 15:  # the shortest IBAN, Norway's
            if _is_iban(text[start:end]):
                yield Finding(Kind.IBAN, start, end)
                break
            cut = max(text.rfind(" ", start, end), text.rfind("-", start, end))
            if cut < 0:
                break
            end = cut


def _is_iban(text: str) -> bool:
    try:
        IBAN(text.replace("-", ""))
    except SchwiftyException:
        return False
    return True


def _has_check_digit(text: str) -> bool:
    """Whether the digits pass the Luhn test (ISO/IEC 7812-1, annex B), as card numbers do."""
    digits = [int(one) for one in text if one.isdigit()]
    doubled = [sum(divmod(2 * one, 10)) if place % 2 else one for place, one in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0


def _bare(text: str) -> str:
    """Digits and letters alone, a German number without its country code: so the same number compares equal however it is written."""
    bare = "".join(one for one in text.casefold() if one.isalnum())
    return bare.removeprefix("0049").removeprefix("49").removeprefix("0")
