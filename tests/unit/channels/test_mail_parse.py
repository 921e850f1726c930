"""What is read out of a mail beside its words; the samples in tests/contract/payloads/mail have the rest."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.channels.mail.identity import Identity
from bot.channels.mail.parsing import parse_mail
from bot.channels.mail.references import References
from bot.domain.message import EventKind, InboundEvent

ME = Identity("service@fernblick.example", References(b"k" * 32, "FB"), "mx.fernblick.example")
OLD, NEW = ME.references.derived("old"), ME.references.derived("new")


def parsed(*headers: str, body: str = "Hallo") -> InboundEvent:
    head = "\r\n".join(["From: Anna <anna@example.org>", *headers])
    return parse_mail(f"{head}\r\n\r\n{body}\r\n".encode(), ME)


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        (["mx.fernblick.example; spf=pass smtp.mailfrom=a; dkim=fail (bad)"], "dkim=fail, spf=pass"),
        (["mx.fernblick.example 1; dmarc=pass", "mx.fernblick.example; spf=softfail"], "dmarc=pass, spf=softfail"),
        (["evil.example; spf=pass", "mx.fernblick.example; spf=fail"], "spf=fail"),
        (["evil.example; mx.fernblick.example; spf=pass"], None),
        (["mx.fernblick.example; none"], None),
    ],
)
def test_only_our_own_servers_word_on_the_sender_is_told(headers: list[str], told: str | None) -> None:
    found = parsed(*(f"Authentication-Results: {one}" for one in headers))
    assert found.details.get("authentication") == told


@pytest.mark.parametrize(
    ("headers", "reference"),
    [
        ([f"Subject: Re: x [{OLD}]", f"In-Reply-To: <{NEW}.2@fernblick.example>"], NEW),
        ([f"References: <{OLD}.1@fernblick.example> <{NEW}.2@fernblick.example>"], NEW),
        ([f"References: <{OLD}.1@fernblick.example> <x@example.org>"], OLD),
        ([f"In-Reply-To: <{NEW}.2@evil.example>", f"Subject: [{OLD}]"], OLD),
        ([f"Subject: =?utf-8?q?Re:_[{OLD}]?="], OLD),
    ],
)
def test_the_conversation_is_that_of_the_mail_that_is_answered(headers: list[str], reference: str) -> None:
    assert parsed(*headers).key.thread == reference


@pytest.mark.parametrize(
    ("subject", "told"),
    [
        (f"Re: AW: Frage zur Tür [{OLD}]", "Frage zur Tür"),
        (f"RE[2]: [{OLD}] Frage [{NEW.lower()}]", "Frage"),
        ("WG: Frage [FB-AAAA-BBBB-CCCC-DDDD]", "Frage [FB-AAAA-BBBB-CCCC-DDDD]"),
        (f"Re: [{OLD}]", None),
        ("Resümee: gut", "Resümee: gut"),
    ],
)
def test_agents_see_what_a_mail_is_about(subject: str, told: str | None) -> None:
    assert parsed(f"Subject: {subject}").details.get("subject") == told


def test_a_mail_that_answers_nothing_begins_the_same_conversation_each_time_it_comes() -> None:
    first, again = parsed("Message-ID: <1@x>"), parsed("Message-ID: <1@x>", "Received: by another")
    other = parsed("Message-ID: <2@x>")
    assert first.key == again.key != other.key
    assert ME.references.find(first.key.thread) == first.key.thread


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("Auto-Submitted: auto-generated", "sent by a machine: auto-generated"),
        ("Precedence: bulk", "sent in bulk: bulk"),
        ("List-Id: <x>", "from a mailing list"),
        ("Return-Path: <>", "sent without a return path"),
        ("X-Auto-Response-Suppress: DR, AutoReply", "asks for no automatic answer"),
        ("X-Autoreply: yes", "sent by a machine"),
        ("From: Mail Delivery <mailer-daemon@example.org>", ""),
        ("Subject: Out of Office: Re: Ihre Nachricht", "looks like an automatic answer"),
        ("Message-ID: <" + OLD + ".1@fernblick.example>", "a mail of our own"),
        ("\r\n".join(["Received: from a by b"] * 51), "it goes round in circles"),
    ],
)
def test_a_machine_gets_no_answer_and_its_words_are_not_kept(header: str, reason: str) -> None:
    if header.startswith("From:"):
        found = parse_mail(f"{header}\r\n\r\nGeheim\r\n".encode(), ME)
        reason = "from an address of machines"
    else:
        found = parsed(header, body="Geheim")
    assert (found.kind, found.reason) == (EventKind.IGNORED, reason)
    assert "Geheim" not in str(found)


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: no",
        "Precedence: first-class",
        "Subject: Automatische Antwort einrichten, wie?",
        "Subject: Abwesenheitsnotiz im Router",
    ],
)
def test_what_only_looks_like_a_machine_is_answered(header: str) -> None:
    assert parsed(header).kind is EventKind.MESSAGE


@pytest.mark.parametrize(
    ("date", "sent_at"),
    [
        ("Mon, 23 Nov 2026 08:15:00 +0100", datetime(2026, 11, 23, 7, 15, tzinfo=UTC)),
        ("Mon, 23 Nov 2026 08:15:00", datetime(2026, 11, 23, 8, 15, tzinfo=UTC)),
        ("gestern", None),
        ("Mon, 23 Nov 99999 08:15:00 +0000", None),
    ],
)
def test_when_it_was_written(date: str, sent_at: datetime | None) -> None:
    assert parsed(f"Date: {date}").sent_at == sent_at


def test_a_name_too_long_to_be_kept_still_tells_mails_apart() -> None:
    one, two = (parsed(f"Message-ID: <{'x' * 300}{end}@y>").event_id for end in "ab")
    assert one != two
    assert len(one) < 256
