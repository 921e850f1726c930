"""Replies handed in at a real SMTP server: what arrives, and what its refusals mean."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path

import pytest

from bot.channels.mail import MailChannel
from bot.domain.message import Button
from bot.domain.reply import ReplyKind, Source
from bot.errors import DeliveryError
from tests.integration.mail.conftest import ADDRESS, CUSTOMER, MakeChannel, Say, smtp
from tests.post import LOGIN, PASSWORD, Post, post_office


async def sent(channel: MailChannel, post: Post, outgoing: object) -> tuple[object, str]:
    await channel.send(outgoing)  # type: ignore[arg-type]
    mail = post.mails[-1]
    return mail, mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]


async def test_a_reply_arrives_in_the_customers_thread(channel: MailChannel, post: Post, say: Say) -> None:
    outgoing = say("Bitte **neu** starten.", answers="<CAF1=question@mail.example.org>", subject="AW: Frage zur Tür")
    receipt = await channel.send(outgoing)
    mail, reference = post.mails[0], outgoing.key.thread
    assert mail["Message-ID"] == receipt.message_id == f"<{reference}.17@fernblick.example>"
    assert mail["In-Reply-To"] == mail["References"] == "<CAF1=question@mail.example.org>"
    assert mail["Subject"] == f"Re: Frage zur Tür [{reference}]"
    assert (mail["From"], mail["To"]) == (f"Fernblick-Assistent <{ADDRESS}>", CUSTOMER)
    assert post.envelopes == [(ADDRESS, [CUSTOMER])]


async def test_both_parts_say_the_same(channel: MailChannel, post: Post, say: Say) -> None:
    source = Source("faq", "Router neu starten", "https://help.example/answers/router")
    buttons = (Button("helped_yes", "router", "Ja, danke"), Button("helped_no", "router", "Nein"))
    mail, plain = await sent(channel, post, say("Bitte **neu** starten.", source=source, buttons=buttons))
    page = mail.get_body(("html",)).get_content()  # type: ignore[attr-defined]
    for words in (
        "neu",
        "Quelle: ",
        "Router neu starten",
        "1. Ja, danke",
        "2. Nein",
        "Computerprogramm",
        "mit dieser Adresse geschrieben",
    ):
        assert words in plain
        assert words in page
    assert "<strong>neu</strong>" in page
    assert 'href="https://help.example/answers/router"' in page


async def test_nothing_of_a_mail_is_fetched_or_run(channel: MailChannel, post: Post, say: Say) -> None:
    hostile = (
        "<script>x</script> ![b](https://track.example/b.gif) [k](javascript:alert(1)) <img src=https://track.example>"
    )
    for markdown in (True, False):
        mail, _ = await sent(channel, post, say(hostile, markdown=markdown, author="<b>Ana</b>"))
        page = mail.get_body(("html",)).get_content()  # type: ignore[attr-defined]
        assert "<script" not in page
        assert "<img" not in page
        assert 'href="javascript' not in page
        assert "<b>" not in page


async def test_what_a_machine_says_is_marked_and_what_a_person_says_is_not(
    channel: MailChannel, post: Post, say: Say
) -> None:
    answering, of_form = "<CAF1=question@mail.example.org>", channel.identity.message_id(say().key.thread, "form")
    await channel.send(say(answers=answering))
    await channel.send(say(kind=ReplyKind.NOTICE, answers=of_form))
    await channel.send(say("Ich kümmere mich.", kind=ReplyKind.AGENT, author="Ana Weber", answers=answering))
    bot, first, agent = post.mails
    assert (bot["Auto-Submitted"], first["Auto-Submitted"], agent["Auto-Submitted"]) == (
        "auto-replied",
        "auto-generated",
        None,
    )
    assert "AutoReply" in bot["X-Auto-Response-Suppress"]
    assert agent["X-Auto-Response-Suppress"] is None
    assert agent["From"] == f'"Ana Weber (Fernblick)" <{ADDRESS}>'
    assert "Computerprogramm" not in agent.get_body(("plain",)).get_content()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "words",
    [
        "a\r\nBcc: victim@example.org",
        "a\nBcc: victim@example.org\n\nbody",
        "=?utf-8?q?a=0D=0ABcc=3A_victim=40example.org?=",
        "a\x00b" * 200,
    ],
)
async def test_no_header_can_be_smuggled_in(channel: MailChannel, post: Post, say: Say, words: str) -> None:
    await channel.send(say(kind=ReplyKind.AGENT, author=words, subject=words, answers=f"<x>{words}"))
    assert post.envelopes == [(ADDRESS, [CUSTOMER])]
    assert post.mails[0]["Bcc"] is None
    assert post.mails[0]["In-Reply-To"] is None
    assert len(post.mails[0].keys()) == len(set(post.mails[0].keys()))


async def test_a_long_name_of_the_mail_that_is_answered_comes_through_whole(
    channel: MailChannel, post: Post, say: Say
) -> None:
    name = f"<{'A1b2' * 30}@AM0PR04MB1234.eurprd04.prod.outlook.com>"
    await channel.send(say(answers=name))
    assert post.mails[0]["References"] == name


async def test_an_address_with_other_letters_is_written_to(channel: MailChannel, post: Post, say: Say) -> None:
    await channel.send(say(chat="jörg@xn--mller-kva.example"))
    assert post.envelopes == [(ADDRESS, ["jörg@xn--mller-kva.example"])]


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize(("answer", "permanent"), [("451 try later", False), ("550 no such person", True)])
async def test_a_refusal_is_certain_and_says_whether_it_is_for_good(
    channel: MailChannel, post: Post, say: Say, command: str, answer: str, permanent: bool
) -> None:
    post.refuse = {command: answer}
    with pytest.raises(DeliveryError) as raised:
        await channel.send(say())
    assert (raised.value.certain, raised.value.permanent) == (True, permanent)
    assert post.mails == []


async def test_a_connection_lost_after_the_text_is_uncertain(channel: MailChannel, post: Post, say: Say) -> None:
    post.cut = {"DATA"}
    with pytest.raises(DeliveryError) as raised:
        await channel.send(say())
    assert not raised.value.certain
    assert len(post.mails) == 1


async def test_a_connection_lost_before_the_text_is_certain(channel: MailChannel, post: Post, say: Say) -> None:
    post.cut = {"RCPT"}
    with pytest.raises(DeliveryError) as raised:
        await channel.send(say())
    assert (raised.value.certain, raised.value.permanent) == (True, False)


async def test_a_server_that_is_away_is_tried_again(make_channel: MakeChannel, say: Say) -> None:
    with pytest.raises(DeliveryError) as raised:
        await make_channel(smtp=smtp(1)).send(say())
    assert (raised.value.certain, raised.value.permanent) == (True, False)


async def test_two_machines_that_answer_each_other_come_to_rest(
    make_channel: MakeChannel, post: Post, say: Say
) -> None:
    channel = make_channel(most_of_address=3)
    for number in range(3):
        await channel.send(say(number=number))
    with pytest.raises(DeliveryError) as raised:
        await channel.send(say(number=3))
    assert raised.value.permanent
    await channel.send(say(number=4, chat="ben@example.org"))
    await channel.send(say("Ich bin ein Mensch.", number=5, kind=ReplyKind.AGENT))
    assert [tos for _, [tos] in post.envelopes] == [CUSTOMER] * 3 + ["ben@example.org", CUSTOMER]


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A certificate for localhost that this machine trusts during a test."""
    key, made = tmp_path / "key.pem", tmp_path / "cert.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        key,
        "-out",
        made,
        "-days",
        "2",
        *subject,
    ]
    subprocess.run(command, check=True, capture_output=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(made))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made, key)
    return context


async def test_login_and_password_travel_encrypted(
    make_channel: MakeChannel, say: Say, certificate: ssl.SSLContext
) -> None:
    async with post_office(tls_context=certificate, auth_required=True) as post:
        server = smtp(post.port, host="localhost", security="starttls", login=LOGIN, password=PASSWORD)
        await make_channel(smtp=server).send(say())
        assert post.secured == [True]
        with pytest.raises(DeliveryError, match="refuses login") as raised:
            await make_channel(
                smtp=smtp(post.port, host="localhost", security="starttls", login=LOGIN, password="wrong")
            ).send(say())
        assert raised.value.retry_after
        assert not raised.value.permanent


async def test_a_server_without_starttls_gets_nothing(make_channel: MakeChannel, post: Post, say: Say) -> None:
    with pytest.raises(DeliveryError):
        await make_channel(smtp=smtp(post.port, security="starttls")).send(say())
    assert post.mails == []


async def test_a_strangers_certificate_gets_nothing(
    make_channel: MakeChannel, say: Say, certificate: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    async with post_office(tls_context=certificate) as post:
        with pytest.raises(DeliveryError):
            await make_channel(smtp=smtp(post.port, host="localhost", security="starttls")).send(say())
        assert post.mails == []
