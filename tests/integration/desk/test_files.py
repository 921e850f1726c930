"""Files that came with a message: who gets them, and how."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import select

from bot.domain.conversation import ConversationKey
from bot.domain.message import Attachment, EventKind, InboundEvent
from bot.storage import intake
from bot.storage.store import Store
from bot.storage.tables import attachment, attachment_content, message
from tests.integration.conftest import Person

CONTENT = b"%PDF-1.4\n<script>alert(1)</script>"
KEY = ConversationKey("web", "site", "chat-0")  # that of the first case
FILE = Attachment("document", name='Rechnung "März".pdf', media_type="application/pdf", size=40, content=CONTENT)


@pytest.fixture
async def case(open_case: Callable[..., Awaitable[int]], store: Store) -> int:
    """A case with a message that has two files, of one of which the content is kept."""
    found = await open_case()
    details = {"customer_number": "K-4711", "door": "form"}
    files = (FILE, Attachment("document", name="setup.exe", size=7))
    said = InboundEvent(KEY, "e", EventKind.MESSAGE, "m", "anbei", attachments=files, details=details)
    await store.write(lambda connection: intake.accept(connection, [said]))
    return found


async def said_with_files(agent: Person, case: int) -> Any:
    _, view = await agent.get(f"cases/{case}")
    return next(item for item in view["items"] if item["attachments"])


async def test_an_agent_sees_and_saves_them(anna: Person, case: int) -> None:
    item = await said_with_files(anna, case)
    kept, named = item["attachments"]
    assert (kept["name"], named["name"], named["id"]) == ('Rechnung "März".pdf', "setup.exe", None)
    async with anna.client.get(f"/desk/api/attachments/{kept['id']}") as response:
        assert await response.read() == CONTENT
        assert response.headers["Content-Disposition"] == "attachment; filename*=UTF-8''Rechnung%20%22M%C3%A4rz%22.pdf"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert response.headers["Cache-Control"] == "no-store"


async def test_what_came_with_it_is_told(anna: Person, case: int) -> None:
    item = await said_with_files(anna, case)
    assert item["details"] == [
        {"label": "Kundennummer", "text": "K-4711"},
        {"label": "Gekommen über", "text": "das Kontaktformular"},
    ]


async def test_plain_pages_show_the_same(anna: Person, case: int) -> None:
    async with anna.client.get(f"/desk/cases/{case}") as response:
        page = await response.text()
    assert "Kundennummer: K-4711" in page
    assert 'href="/desk/api/attachments/1" download' in page


async def test_a_deleted_messages_file_is_gone(anna: Person, case: int, store: Store) -> None:
    deletion = InboundEvent(KEY, "d", EventKind.DELETE, "m")
    await store.write(lambda connection: intake.accept(connection, [deletion]))
    assert (await anna.get("attachments/1"))[0] == 404


async def test_files_of_conversations_without_a_case_are_nobodys_business(
    anna: Person, case: int, store: Store
) -> None:
    other = InboundEvent(ConversationKey("web", "site", "other"), "o", EventKind.MESSAGE, "o", "x", attachments=(FILE,))
    await store.write(lambda connection: intake.accept(connection, [other]))
    assert (await anna.get("attachments/3"))[0] == 404
    assert (await anna.get("attachments/4"))[0] == 404


async def test_nobody_else_gets_them(editor: Person, outsider: Any, case: int) -> None:
    assert (await editor.get("attachments/1"))[0] == 403
    async with outsider.get("/desk/api/attachments/1") as response:
        assert response.status == 401


async def test_several_messages_at_once_keep_their_own(store: Store) -> None:
    events = [
        InboundEvent(
            ConversationKey("web", "site", f"c{n}"),
            f"e{n}",
            EventKind.MESSAGE,
            "m",
            f"text {n}",
            attachments=(Attachment("photo", content=b"%d" % n),),
        )
        for n in range(3)
    ]
    await store.write(lambda connection: intake.accept(connection, events))
    joined = select(message.c.text, attachment_content.c.content).join(
        attachment, attachment.c.message_id == message.c.id
    )
    joined = joined.join(attachment_content, attachment_content.c.attachment_id == attachment.c.id).order_by(
        message.c.id
    )
    rows = await store.read(lambda connection: connection.execute(joined).all())
    assert [tuple(row) for row in rows] == [("text 0", b"0"), ("text 1", b"1"), ("text 2", b"2")]
