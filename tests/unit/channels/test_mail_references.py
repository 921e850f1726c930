"""References: nobody guesses one, and nobody invents one."""

from __future__ import annotations

import pytest

from bot.channels.mail.identity import Identity, normalised
from bot.channels.mail.references import References

OURS = References(b"k" * 32, "FB")
ONE = OURS.derived("message")


def test_the_same_seed_gives_the_same_and_another_secret_another() -> None:
    assert OURS.derived("message") == ONE
    assert (
        len({ONE, OURS.derived("other"), OURS.derived("mess", "age"), References(b"l" * 32, "FB").derived("message")})
        == 4
    )


@pytest.mark.parametrize(
    "text", [ONE, f"Re: Frage [{ONE}]", ONE.lower(), f"<{ONE}.17@a.example>", ONE.replace("0", "O").replace("1", "l")]
)
def test_it_is_found_however_people_write_it(text: str) -> None:
    assert OURS.find(text) == ONE


@pytest.mark.parametrize(
    "text",
    [
        "",
        "FB-AAAA-BBBB-CCCC-DDDD",
        ONE[:-1],
        f"{ONE}X",
        f"X{ONE}",
        ONE.replace("FB", "FC"),
        References(b"l" * 32, "FB").derived("message"),
    ],
)
def test_what_is_not_ours_is_none(text: str) -> None:
    assert OURS.find(text) == ""


def test_few_inventions_pass_for_ours() -> None:
    secret = ONE[:-4]
    assert sum(OURS.find(f"{secret}{n:04d}") != "" for n in range(10_000)) <= 1


@pytest.mark.parametrize(
    ("given", "known"),
    [
        ("Anna@Example.ORG", "anna@example.org"),
        (" anna+tag@sub.example.org ", "anna+tag@sub.example.org"),
        ("jörg@müller.example", "jörg@xn--mller-kva.example"),
        ("anna", ""),
        ("anna@localhost", ""),
        ("anna@[127.0.0.1]", ""),
        ("anna@127.0.0.1", ""),
        ('"a b"@example.org', ""),
        ("a\r\nb@example.org", ""),
        ("a@b@example.org", ""),
        ("a..b@example.org", ""),
        (".a@example.org", ""),
        ("a@example..org", ""),
        ("a@-x.example", ""),
        ("x" * 65 + "@example.org", ""),
        ("a@" + "x" * 64 + ".org", ""),
        ("a@" + "x." * 130 + "org", ""),
    ],
)
def test_an_address_names_one_customer_however_it_is_written(given: str, known: str) -> None:
    assert normalised(given) == known


def test_only_mails_of_our_domain_name_our_conversations() -> None:
    me = Identity("service@fernblick.example", OURS)
    assert me.reference_in(me.message_id(ONE, 17)) == ONE
    assert me.reference_in(f"<{ONE}.17@evil.example>") == ""
