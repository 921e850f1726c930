"""Mails and forms that nobody in his right mind would send: taken, refused or ignored, in time, and never an accident."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path

import pytest
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.channels.mail.identity import Identity, purpose
from bot.channels.mail.parsing import parse_mail
from bot.channels.mail.signing import SIGNATURE, TIMESTAMP, sign
from bot.domain.message import EventKind
from bot.settings import Mail
from bot.web.form.stamps import EARLIEST, Stamps
from tests.hostile.house import MAIL_SECRET, House
from tests.hostile.odd import TEXTS, fuzz
from tests.hostile.wire import Answer, Wire

SETTINGS = Mail(address="service@fernblick.example", secret=SecretStr(MAIL_SECRET))
ME = Identity.of(SETTINGS)
SAMPLES = [
    "\r\n".join(json.loads(file.read_text(encoding="utf-8"))["mail"]).encode()
    for file in sorted((Path(__file__).parents[1] / "contract/payloads/mail").glob("*.json"))
    if file.stem != "expected"
]
PIECES = [
    b"\x00",
    b"\xff\xfe",
    b"\r\n",
    b"\n",
    b"\r",
    b"--b1",
    b"--m--",
    b"Content-Type: text/html; charset=klingon\r\n",
    b"Content-Type: multipart/mixed\r\n",
    b'Content-Type: multipart/mixed; boundary=""\r\n',
    b"Content-Type: message/rfc822\r\n",
    b"Content-Transfer-Encoding: base64\r\n",
    b"Content-Transfer-Encoding: x-uuencode\r\n",
    b"Content-Transfer-Encoding: nonsense\r\n",
    b"Content-Disposition: attachment; filename*=utf-8''%FF%00\r\n",
    b"From: @@<<>>,;:\r\n",
    b"From: \xc3\x28 <a@b.example>\r\n",
    b"Subject: =?utf-8?b?////?=\r\n",
    b"Message-ID: <" + b"x" * 2000 + b"@y>\r\n",
    b"Date: Mon, 99 Foo 99999 99:99:99 +9999\r\n",
    b"References: " + b"<a@b> " * 500 + b"\r\n",
    "Content-Type: text/plain; charset=\u202e\r\n".encode(),
]


def _torn(mail: bytes, seed: int, cuts: int) -> bytes:
    draw = random.Random(seed)
    for _ in range(cuts):
        begin = draw.randrange(len(mail) + 1)
        end = begin + draw.choice([0, 0, 1, 7, 60])
        mail = mail[:begin] + draw.choice([*PIECES, b"", bytes([draw.randrange(256)])]) + mail[end:]
    return mail


@fuzz(3000, mail=st.sampled_from(SAMPLES), seed=st.integers(0, 2**32), cuts=st.integers(1, 12))
def test_a_torn_mail_is_something(mail: bytes, seed: int, cuts: int) -> None:
    event = parse_mail(_torn(mail, seed, cuts), ME)
    assert bool(event.reason) == (event.kind is not EventKind.MESSAGE and event.kind is not EventKind.DELIVERED)
    assert 0 < len(event.event_id) <= 256
    assert len(event.key.chat) <= 256
    stored = json.dumps([event.raw, event.details, event.text, event.customer_name, event.event_id])
    assert "\\u0000" not in stored
    stored.encode().decode()


@fuzz(400, mail=st.binary(max_size=400))
def test_noise_is_ignored(mail: bytes) -> None:
    assert parse_mail(b"\x00" + mail, ME).kind is EventKind.IGNORED


def hand_in(wire: Wire, mail: bytes) -> Answer:
    """At the door, as whoever knows the secret would."""
    at = int(time.time())
    told = [(TIMESTAMP.encode(), str(at).encode()), (SIGNATURE.encode(), sign(MAIL_SECRET, at, mail).encode())]
    return wire.ask("POST", b"/webhooks/mail/service@fernblick.example", told, mail)


HEAD = b"From: a@b.example\r\nMessage-ID: <%s@b.example>\r\n"
BOMBS = {
    "parts within parts": b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(3000)
    ),
    "parts within parts, and lines": b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(90)
    )
    + b"a\r\n" * 2_000_000,
    "mails within mails": b"Content-Type: message/rfc822\r\n\r\n" * 5000,
    "parts side by side": b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + b"--b\r\n\r\n" * 1_000_000,
    "headers": b"X: y\r\n" * 1_000_000 + b"\r\n",
    "one header": b"X: " + b"y" * 9_000_000 + b"\r\n\r\n",
    "a header over many lines": b"Subject: x" + b"\r\n y" * 60_000 + b"\r\n\r\nhello",
    "one line": b"\r\n" + b"a" * 9_000_000,
    "lines": b"\r\n" + b"a\r\n" * 3_000_000,
    "quotes": b"\r\n" + b"On \r\n" * 100_000 + b"wrote:",
    "attributions": b"\r\n" + b"Am 1. schrieb " * 50_000,
    "blocks": b"\r\n" + b"Von: x\r\n" * 100_000,
    "html": b"Content-Type: text/html\r\n\r\n" + b"<div>" * 1_000_000,
    "html that is not closed": b"Content-Type: text/html\r\n\r\n" + b"<!--<script><" * 300_000,
    "entities": b"Content-Type: text/html\r\n\r\n" + b"&amp;&#x41;&nbsp" * 300_000,
    "parameters": b"Content-Type: text/plain; " + b"a*0=b;" * 40_000 + b"\r\n\r\nhello",
    "addresses": b"From: " + b"<a@b.example>, (" * 15_000 + b"\r\n\r\nhello",
    "a charset that is none": b"Content-Type: text/plain; charset=idna\r\n\r\n" + b"xn--" * 500_000,
    "zeros": b"\r\n" + b"\x00" * 9_000_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_taken_or_ignored_in_time(house: House, wire: Wire, name: str) -> None:
    assert hand_in(wire, HEAD % name.replace(" ", "-").encode() + BOMBS[name]).status in (200, 400)
    assert house.troubles() == []


@fuzz(150, mail=st.sampled_from(SAMPLES), seed=st.integers(0, 2**32), cuts=st.integers(1, 6))
def test_a_torn_mail_at_the_door(house: House, wire: Wire, mail: bytes, seed: int, cuts: int) -> None:
    assert hand_in(wire, _torn(mail, seed, cuts)).status in (200, 400)


FIELDS = st.fixed_dictionaries(
    {
        "email": st.sampled_from(["a@b.example", "a@b", "x"]) | TEXTS,
        "message": TEXTS,
        "consent": st.sampled_from(["yes", ""]),
    },
    optional={"name": TEXTS, "number": TEXTS, "topic": TEXTS, "website": TEXTS, "stamp": TEXTS},
)


@fuzz(300, fields=FIELDS, file=st.none() | st.tuples(TEXTS, st.binary(max_size=50)), torn=st.booleans())
def test_what_comes_with_the_form(
    house: House, wire: Wire, fields: dict[str, str], file: tuple[str, bytes] | None, torn: bool
) -> None:
    stamp = Stamps(purpose(SETTINGS, "form"), lambda: time.time() - EARLIEST - 1).new()
    parts = [(name, value.encode("utf-8", "surrogatepass"), "") for name, value in {"stamp": stamp, **fields}.items()]
    if file is not None:
        parts.append(("files", file[1], f'; filename="{file[0]}"'))
    body = b"".join(
        b'--b\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
        % (name.encode(), more.encode("utf-8", "replace").replace(b"\r", b"").replace(b"\n", b""), value)
        for name, value, more in parts
    )
    told = [(b"Content-Type", b"multipart/form-data; boundary=b")]
    answer = wire.ask("POST", b"/contact", told, body if torn else body + b"--b--\r\n")
    assert answer.status in (303, 400, 422, 429)
    assert "<script>alert" not in answer.text
