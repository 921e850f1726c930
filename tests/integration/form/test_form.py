"""The contact form: what becomes of what is sent, and what is said where something is wrong."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.channels.files import MOST_BYTES
from bot.settings import Form, Web
from bot.storage.store import Store
from bot.storage.tables import attachment, attachment_content, conversation, customer, message
from bot.web.doors import Doors
from bot.web.form.stamps import LATEST
from tests.integration.form.conftest import FILLED, PDF, Filling, reference_in


async def stored(store: Store) -> list[Any]:
    """Messages with their conversations and customers."""
    joined = select(message, conversation.c.chat, conversation.c.thread, conversation.c.channel, customer.c.name)
    joined = joined.join(conversation, conversation.c.id == message.c.conversation_id).join(customer)
    return list(await store.read(lambda connection: connection.execute(joined.order_by(message.c.id)).all()))


async def page(response: Any) -> str:
    return str(await response.text())


async def test_a_message_is_stored_and_the_customer_gets_a_reference(filling: Filling, store: Store) -> None:
    response = await filling.send()
    [said] = await stored(store)
    assert said.thread == reference_in(response)
    assert (said.channel, said.chat, said.name) == ("mail", "anna@example.org", "Anna Müller")
    assert said.text == "Mein Anschluß ist tot 😀\nSeit gestern."
    assert said.details == {"customer_number": "K-4711", "door": "form"}
    async with filling.client.get(response.headers["Location"]) as thanks:
        assert said.thread in await thanks.text()


async def test_sent_twice_it_is_one_message_and_corrected_another(filling: Filling, store: Store) -> None:
    stamp = filling.stamp()
    first = reference_in(await filling.send(stamp=stamp))
    assert reference_in(await filling.send(stamp=stamp)) == first
    assert len(await stored(store)) == 1
    assert reference_in(await filling.send(stamp=stamp, email="anna@example.com")) != first
    assert [said.chat for said in await stored(store)] == ["anna@example.org", "anna@example.com"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"email": "anna"}, "Geben Sie eine E-Mail-Adresse an"),
        ({"email": "anna@example.org\r\nBcc: x@y.example"}, "Geben Sie eine E-Mail-Adresse an"),
        ({"email": "anna@[127.0.0.1]"}, "Geben Sie eine E-Mail-Adresse an"),
        ({"email": None}, "Geben Sie eine E-Mail-Adresse an"),
        ({"message": " \n"}, "worum es geht"),
        ({"message": "x" * 10_001}, "zu lang"),
        ({"name": "x" * 101}, "zu lang"),
        ({"topic": "no such topic"}, "eines der Themen"),
        ({"consent": None}, "Ohne Ihr Einverständnis"),
        ({"website": "https://spam.example"}, "Feld für Maschinen"),
        ({"stamp": "1.2.3"}, "lange offen"),
        ({"stamp": None}, "lange offen"),
    ],
)
async def test_what_is_wrong_is_said_and_what_was_entered_is_kept(
    filling: Filling, store: Store, wrong: dict[str, str | None], said: str
) -> None:
    response = await filling.send(**wrong)
    shown = await page(response)
    assert response.status == 422
    assert said in shown
    assert 'role="alert"' in shown
    kept = {"name": 'value="Anna Müller"', "number": 'value="K-4711"', "message": "Mein Anschluß ist tot 😀"}
    assert all(words in shown for field, words in kept.items() if field not in wrong)
    assert await stored(store) == []


async def test_what_was_entered_comes_back_as_what_it_is(filling: Filling) -> None:
    shown = await page(await filling.send(message="</textarea><script>alert(1)</script>", name='"><b>', consent=None))
    assert "<script>alert" not in shown
    assert '"><b>' not in shown


@pytest.mark.parametrize(("seconds", "said"), [(0, "sehr schnell"), (LATEST + 60, "lange offen")])
async def test_a_form_sent_at_once_or_after_days_is_asked_for_again(
    filling: Filling, store: Store, seconds: float, said: str
) -> None:
    response = await filling.send(stamp=filling.stamp(seconds_ago=seconds))
    shown = await page(response)
    assert (response.status, said in shown) == (422, True)
    assert await stored(store) == []


async def test_an_address_gets_only_so_many_mails(filling: Filling, store: Store) -> None:
    for _ in range(5):
        assert (await filling.send()).status == 303
    response = await filling.send(email="ANNA@example.org")
    assert response.status == 429
    assert int(response.headers["Retry-After"]) > 60
    assert "an diese Adresse" in await page(response)
    assert (await filling.send(email="ben@example.org")).status == 303
    assert len(await stored(store)) == 6


async def test_files_are_kept_with_their_content(filling: Filling, store: Store) -> None:
    files = [("../../Rechnung.pdf", PDF), ("bild.exe", b"\x89PNG\r\n\x1a\nrest"), ("leer.txt", b"")]
    assert (await filling.send(files)).status == 303
    query = select(attachment.c.name, attachment.c.media_type, attachment.c.kind, attachment_content.c.content).join(
        attachment_content, attachment_content.c.attachment_id == attachment.c.id
    )
    kept = await store.read(lambda connection: connection.execute(query.order_by(attachment.c.id)).all())
    assert [tuple(one) for one in kept] == [
        ("Rechnung.pdf", "application/pdf", "document", PDF),
        ("bild.exe.png", "image/png", "photo", b"\x89PNG\r\n\x1a\nrest"),
    ]


def archive(*names: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        for name in names:
            file.writestr(name, "x")
    return made.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"MZ\x90\x00",
        b"<html><script>alert(1)</script>",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        archive("evil.exe"),
        archive("word/document.xml", "word/vbaProject.bin"),
        b"\x00\x01\x02",
        b"\xff\xfe\xfd",
    ],
)
async def test_files_of_other_kinds_are_refused_whatever_they_are_called(
    filling: Filling, store: Store, content: bytes
) -> None:
    response = await filling.send([("rechnung.pdf", content)])
    assert response.status == 422
    assert "„rechnung.pdf“ ist keine Datei, die wir annehmen" in await page(response)
    assert await stored(store) == []


async def test_documents_without_macros_are_taken(filling: Filling) -> None:
    files = [("a.docx", archive("[Content_Types].xml", "word/document.xml")), ("a.txt", "Grüße\n".encode())]
    assert (await filling.send(files)).status == 303


async def test_too_many_and_too_large_files_are_said(filling: Filling, store: Store) -> None:
    many = await filling.send([(f"{n}.pdf", PDF) for n in range(6)])
    assert (many.status, "mehr als 5 Dateien" in await page(many)) == (422, True)
    large = await filling.send([("a.pdf", PDF + b"x" * MOST_BYTES)])
    shown = await page(large)
    assert (large.status, "größer als 10 MB" in shown, FILLED["number"] in shown) == (422, True, True)
    assert await stored(store) == []


async def test_what_is_no_form_is_refused(filling: Filling) -> None:
    for body, kind in [
        (b"--x\r\n\r\n", "multipart/form-data; boundary=x"),
        (b"hello", "multipart/form-data"),
        (
            b"--x\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n--y\r\n\r\n--y--\r\n--x--\r\n",
            "multipart/form-data; boundary=x",
        ),
        (b"{}", "application/json"),
    ]:
        async with filling.client.post("/contact", data=body, headers={"Content-Type": kind}) as response:
            assert response.status in (400, 422)


class TestWhatIsNotAskedFor:
    @pytest.fixture
    def settings(self, settings: Any) -> Any:
        return settings.model_copy(update={"form": Form(customer_number=False, files=False)})

    async def test_is_neither_shown_nor_taken(self, filling: Filling, store: Store) -> None:
        async with filling.client.get("/contact") as response:
            shown = await response.text()
        assert "Kundennummer" not in shown
        assert 'type="file"' not in shown
        assert (await filling.send([("a.pdf", PDF)])).status == 303
        [said] = await stored(store)
        assert (said.details, said.files) == ({"door": "form"}, 0)


@pytest.mark.parametrize(
    ("preferred", "words"), [("en-GB,en;q=0.9", "Your message"), ("de", "Ihre Nachricht"), ("fr", "Ihre Nachricht")]
)
async def test_it_speaks_the_readers_language(filling: Filling, preferred: str, words: str) -> None:
    async with filling.client.get("/contact", headers={"Accept-Language": preferred}) as response:
        assert words in await response.text()
        assert not response.cookies


async def test_only_named_sites_may_show_it_in_a_frame(filling: Filling, doors: Doors) -> None:
    async with filling.client.get("/contact") as response:
        assert "frame-ancestors 'self'" in response.headers["Content-Security-Policy"]
    async with filling.client.get("/contact?embed=1") as response:
        assert response.headers["Content-Security-Policy"].endswith("frame-ancestors 'self' https://shop.example")
        shown = await response.text()
    assert "site-header" not in shown
    assert 'action="/contact?embed=1"' in shown


@pytest.fixture
def settings(settings: Any) -> Any:
    return settings.model_copy(
        update={
            "web": Web(public_url="https://help.example", secure_cookies=False, chat_origins=("https://shop.example",))
        }
    )


async def test_an_invented_reference_is_shown_to_nobody(filling: Filling) -> None:
    async with filling.client.get("/contact/sent?reference=FB-AAAA-BBBB-CCCC-DDDD", allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (303, "/contact")


async def test_the_element_leads_to_the_form(filling: Filling) -> None:
    async with filling.client.get("/contact.js") as response:
        path = re.search(r'import "\.(/[^"]+)"', await response.text())
        assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert path is not None
    async with filling.client.get(path[1]) as response:
        assert "frontline-contact" in await response.text()


async def test_nothing_is_stored_of_a_message_that_could_not_be(filling: Filling, store: Store) -> None:
    count = select(func.count()).select_from(attachment_content)
    await filling.send([("a.pdf", PDF)], consent=None)
    assert await store.read(lambda connection: connection.execute(count).scalar_one()) == 0
