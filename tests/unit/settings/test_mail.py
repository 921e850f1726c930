"""What an operator may say about e-mail."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from bot.channels.mail import MailChannel
from bot.settings import Company, Mail
from bot.settings.mail import Imap, Smtp

GOOD: dict[str, Any] = {
    "address": "service@fernblick.example",
    "secret": SecretStr("long enough for a test"),
    "smtp": Smtp(host="smtp.example"),
}


def faults(**said: Any) -> list[str]:
    return [fault.id for fault in MailChannel(Mail(**{**GOOD, **said}), Company()).faults()]


def test_what_is_needed_is_enough() -> None:
    assert faults() == []


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"address": "service"}, "mail.address"),
        ({"secret": None}, "mail.secret"),
        ({"smtp": Smtp()}, "mail.smtp"),
        ({"smtp": Smtp(host="smtp.example", security="none")}, "mail.smtp.security"),
        ({"imap": Imap(host="imap.example", security="none")}, "mail.imap.security"),
        ({"smtp": Smtp(host="smtp.example", login="service")}, "mail.smtp.password"),
        ({"imap": Imap(host="imap.example", password=SecretStr("x"))}, "mail.imap.password"),
    ],
)
def test_what_cannot_work_is_named(said: dict[str, Any], fault: str) -> None:
    assert faults(**said) == [fault]


def test_nothing_is_wrong_with_what_is_off() -> None:
    assert Mail().faults() == []
    assert not Mail().is_on


@pytest.mark.parametrize(
    ("server", "port"),
    [
        (Smtp(), 587),
        (Smtp(security="tls"), 465),
        (Smtp(security="none"), 25),
        (Smtp(port=2525), 2525),
        (Imap(), 993),
        (Imap(security="starttls"), 143),
    ],
)
def test_the_usual_port_unless_another_is_set(server: Smtp | Imap, port: int) -> None:
    assert server.at == port


@pytest.mark.parametrize("prefix", ["fb", "F", "FERNB", "F-", ""])
def test_a_prefix_is_a_few_capital_letters(prefix: str) -> None:
    with pytest.raises(ValidationError):
        Mail(prefix=prefix)
