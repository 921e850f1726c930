"""A customer's way through the whole house: from the form to an answer by e-mail, back by e-mail, and on to a person."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select

from bot.assembly import FrontLine, front_line
from bot.channels.mail.identity import Identity, purpose
from bot.channels.mail.signing import sign
from bot.serving import _add_person
from bot.settings import ROOT, Mail, Rasa, Settings
from bot.storage.tables import conversation, event, message, reply
from bot.web.form.stamps import EARLIEST, Stamps
from tests.cast import Agent
from tests.homes import fresh_home
from tests.integration.mail.conftest import ADDRESS, CUSTOMER, SECRET, imap, smtp
from tests.integration.mail.test_mail_reading import eventually
from tests.integration.test_conversation import always_open
from tests.post import Dovecot, Post


@pytest.fixture
def mail(post: Post, mailbox: Dovecot) -> Mail:
    return Mail(address=ADDRESS, secret=SECRET, smtp=smtp(post.port), imap=imap(mailbox.port), most_of_address=6)


@pytest.fixture
async def house(tmp_path: Path, mail: Mail) -> AsyncIterator[FrontLine]:
    """A whole front line with e-mail, without Rasa, always open."""
    home = fresh_home(tmp_path)
    settings = Settings(home=home, port=0, rasa=Rasa(enabled=False), hours=always_open(), mail=mail)
    async with front_line(settings) as running:
        yield running


async def fill_in(house: FrontLine, mail: Mail, **fields: str) -> str:
    """Send the form as a browser does; returns the reference."""
    stamp = Stamps(purpose(mail, "form"), lambda: time.time() - EARLIEST - 1).new()
    filled = {"stamp": stamp, "email": CUSTOMER, "consent": "yes", **fields}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"http://127.0.0.1:{house.port}/contact", data=filled) as response,
    ):
        assert response.status == 200
        return str(response.url.query["reference"])


def answering(given: EmailMessage, text: str, **headers: str) -> bytes:
    """What a customer's mail program makes of an answer to a mail of ours."""
    made = EmailMessage()
    told = {
        "From": CUSTOMER,
        "To": ADDRESS,
        "Subject": str(given["Subject"]),
        "Message-ID": f"<{time.monotonic_ns()}@example.org>",
    }
    for name, value in {**told, "In-Reply-To": str(given["Message-ID"]), **headers}.items():
        made[name] = value
    quoted = "\n".join(f"> {line}" for line in words_of(given).splitlines())
    made.set_content(f"{text}\n\nAm 23.11.26 um 10:00 schrieb Fernblick-Assistent:\n{quoted}\n")
    return made.as_bytes()


def words_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


async def rows(house: FrontLine, *columns: Any) -> list[Any]:
    query = select(*columns).order_by(columns[0].table.c.id)
    return list(await house.store.read(lambda connection: connection.execute(query).all()))


async def test_a_question_in_the_form_is_answered_by_one_mail(house: FrontLine, mail: Mail, post: Post) -> None:
    reference = await fill_in(house, mail, message="Wie kündige ich meinen Vertrag?", number="K-4711")
    [answer] = await post.until(1)
    words = words_of(answer)
    assert answer["Subject"] == f"Re: Ihre Nachricht an Fernblick [{reference}]"
    assert answer["Auto-Submitted"] == "auto-generated"
    assert "Computerprogramm" in words
    assert "kündigen" in words.lower()
    assert "Quelle: " in words
    assert "1. " in words
    assert "K-4711" not in answer.as_string()


async def test_the_customers_answer_goes_on_in_the_same_conversation(
    house: FrontLine, mail: Mail, post: Post, mailbox: Dovecot
) -> None:
    reference = await fill_in(house, mail, message="Wie kündige ich meinen Vertrag?")
    [first] = await post.until(1)
    mailbox.deliver(answering(first, "1"))  # the first choice: it helped
    _, second = await post.until(2)
    assert second["In-Reply-To"]
    assert reference in str(second["Message-ID"])
    assert [row.thread for row in await rows(house, conversation.c.thread)] == [reference]
    assert [row.text for row in await rows(house, message.c.text)] == ["Wie kündige ich meinen Vertrag?", "1"]


async def test_who_wants_a_person_gets_one_and_a_reply_in_the_thread(
    house: FrontLine, mail: Mail, post: Post, mailbox: Dovecot
) -> None:
    password = _add_person(house.store, "ana", "Ana Weber", "agent")
    await fill_in(house, mail, message="Ich möchte mit einem Menschen sprechen.", number="K-4711")
    [notice] = await post.until(1)
    async with Agent(f"http://127.0.0.1:{house.port}", "ana", password) as agent:
        [case] = await agent.queue()
        await agent.act(case["id"], "claim")
        await agent.reply(case["id"], "Guten Tag, worum geht es?")
        _, said = await post.until(2)
    assert said["From"].startswith('"Ana Weber (Fernblick)"')
    assert said["Auto-Submitted"] is None
    assert str(said["Subject"]) == str(notice["Subject"])


async def test_a_mail_handed_in_at_the_door_is_answered(house: FrontLine, post: Post) -> None:
    body = f"From: {CUSTOMER}\r\nMessage-ID: <door@example.org>\r\nSubject: Frage\r\n\r\nWie kündige ich meinen Vertrag?\r\n".encode()
    url, at = f"http://127.0.0.1:{house.port}/webhooks/mail/{ADDRESS}", int(time.time())
    genuine = {"X-Frontline-Timestamp": str(at), "X-Frontline-Signature": sign(SECRET.get_secret_value(), at, body)}
    old = {
        "X-Frontline-Timestamp": str(at - 301),
        "X-Frontline-Signature": sign(SECRET.get_secret_value(), at - 301, body),
    }
    async with aiohttp.ClientSession() as session:
        for headers, sent, status in [
            ({}, body, 401),
            (old, body, 401),
            (genuine, body + b"x", 401),
            (genuine, body, 200),
            (genuine, body, 200),
        ]:
            async with session.post(url, data=sent, headers=headers) as response:
                assert response.status == status
    [answer] = await post.until(1)
    assert answer["In-Reply-To"] == "<door@example.org>"
    assert str(answer["Subject"]).startswith("Re: Frage [FB-")
    assert answer["Auto-Submitted"] == "auto-replied"


async def test_the_script_in_the_documentation_hands_a_mail_in(house: FrontLine, post: Post, tmp_path: Path) -> None:
    page = (ROOT / "docs/channels/mail.md").read_text(encoding="utf-8")
    script = page.partition("```sh\n")[2].partition("```")[0]
    (tmp_path / "secret").write_text(SECRET.get_secret_value())
    here = {
        "https://bot.your-company.example": f"http://127.0.0.1:{house.port}",
        "service@your-company.example": ADDRESS,
        "/etc/frontline/mail-secret": str(tmp_path / "secret"),
    }
    for shown, real in here.items():
        script = script.replace(shown, real)
    mail = f"From: {CUSTOMER}\nMessage-ID: <piped@example.org>\nSubject: Frage\n\nWie kündige ich meinen Vertrag?\n"
    run = await asyncio.create_subprocess_exec("sh", "-c", script, stdin=asyncio.subprocess.PIPE)
    await run.communicate(mail.encode())
    assert run.returncode == 0
    [answer] = await post.until(1)
    assert answer["In-Reply-To"] == "<piped@example.org>"
    mistaken = await asyncio.create_subprocess_exec(
        "sh", "-c", script.replace("-hmac", "-hmac x"), stdin=asyncio.subprocess.PIPE
    )
    await mistaken.communicate(mail.encode())
    assert mistaken.returncode == 75


async def test_a_mail_that_comes_back_is_a_failed_reply(
    house: FrontLine, mail: Mail, post: Post, mailbox: Dovecot
) -> None:
    await fill_in(house, mail, message="Wie kündige ich meinen Vertrag?")
    [answer] = await post.until(1)
    report = (
        "From: MAILER-DAEMON@mx.example\r\nMessage-ID: <bounce@mx.example>\r\nReturn-Path: <>\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="r"\r\n\r\n'
        "--r\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n"
        "--r\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; {CUSTOMER}\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        f"--r\r\nContent-Type: text/rfc822-headers\r\n\r\nTo: {CUSTOMER}\r\nMessage-ID: {answer['Message-ID']}\r\n\r\n--r--\r\n"
    )
    mailbox.deliver(report.encode())
    await eventually(lambda: mailbox.unread() == 0)
    assert [(row.state, row.state_reason) for row in await rows(house, reply.c.state, reply.c.state_reason)] == [
        ("failed", "could not be delivered: 5.1.1")
    ]
    assert len(post.mails) == 1


async def test_an_automatic_answer_is_not_answered(house: FrontLine, mail: Mail, post: Post, mailbox: Dovecot) -> None:
    await fill_in(house, mail, message="Wie kündige ich meinen Vertrag?")
    [answer] = await post.until(1)
    mailbox.deliver(answering(answer, "Ich bin im Urlaub.", **{"Auto-Submitted": "auto-replied"}))
    await eventually(lambda: mailbox.unread() == 0)
    ignored = [row.raw for row in await rows(house, event.c.raw, event.c.kind) if row.kind == "ignored"]
    assert len(ignored) == 1
    assert "Urlaub" not in str(ignored)
    assert len(await rows(house, message.c.id)) == 1


async def test_two_machines_that_do_not_say_so_come_to_rest(
    house: FrontLine, mail: Mail, post: Post, mailbox: Dovecot
) -> None:
    """The other side answers every mail at once, as a person might, and never says that it is a machine."""
    await fill_in(house, mail, message="Wie kündige ich meinen Vertrag?")
    for count in range(1, mail.most_of_address + 1):
        mails = await post.until(count)
        mailbox.deliver(answering(mails[-1], f"Ihre Anfrage {count} ist eingegangen. Wie kündige ich meinen Vertrag?"))
    async with asyncio.timeout(30):
        while not any(row.state == "failed" for row in await rows(house, reply.c.state)):
            await asyncio.sleep(0.05)
    assert len(post.mails) == mail.most_of_address


async def test_a_stranger_with_the_reference_has_a_conversation_of_his_own(
    house: FrontLine, mail: Mail, post: Post, mailbox: Dovecot
) -> None:
    reference = await fill_in(house, mail, message="Wie kündige ich meinen Vertrag?")
    [answer] = await post.until(1)
    mailbox.deliver(answering(answer, "Was hat sie gefragt?", From="mallory@evil.example"))
    _, other = await post.until(2)
    assert other["To"] == "mallory@evil.example"
    assert "kündige" not in words_of(other)
    chats = await rows(house, conversation.c.chat, conversation.c.thread)
    assert [tuple(row) for row in chats] == [(CUSTOMER, reference), ("mallory@evil.example", reference)]
    assert Identity.of(mail).references.find(reference) == reference
