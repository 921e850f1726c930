"""Replies of which nobody knows whether they arrived: what agents see of them, also where there is no case."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from bot.channels.base import Capabilities, Channel
from bot.channels.directory import Directory
from bot.delivery.outbox import Outbox
from bot.domain.conversation import ConversationKey
from bot.domain.message import EventKind, InboundEvent
from bot.domain.reply import Outgoing, Receipt, Reply, ReplyKind
from bot.errors import DeliveryError
from bot.storage import intake, outbox
from bot.storage.presence import Presence
from bot.storage.store import Store
from bot.web.doors import Doors
from tests.integration.conftest import Person

SAID = "Der Router blinkt **rot** <b>"


class BrokenLine(Channel):
    """Each send breaks off half way."""

    name, account, capabilities = "telegram", "1", Capabilities(max_text=4000)

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Leave it open whether it arrived."""
        raise DeliveryError("the connection broke", certain=False)


async def break_off(doors: Doors, *, chat: str = "77") -> int:
    """A reply of the bot whose send breaks off, in a conversation without a case; returns the conversation."""
    key = ConversationKey("telegram", "1", chat)
    event = InboundEvent(key, chat, EventKind.MESSAGE, chat, "<i>hallo</i>", customer_name="Mia <script>")

    def unit(connection: Any) -> int:
        found = intake.accept(connection, [event])[0].conversation_id
        assert found is not None
        outbox.queue_reply(connection, found, 0, Reply(ReplyKind.BOT, SAID, "de", markdown=True))
        return found

    conversation_id = await doors.store.write(unit)
    with doors.live.hear("desk") as hearing:
        presence = Presence(doors.store)
        await presence.enter()
        running = asyncio.create_task(Outbox(doors.store, doors.live, Directory([BrokenLine()]), presence).run())
        try:
            async with asyncio.timeout(10):
                while ("desk", "queue") not in await hearing.next(timeout=1):
                    pass
        finally:
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running
            presence.close()
    return conversation_id


async def page(client: TestClient, path: str) -> tuple[int, str]:
    async with client.get(path, allow_redirects=False) as response:
        return response.status, await response.text()


async def test_the_queue_tells_how_many_there_are(anna: Person, doors: Doors) -> None:
    assert (await anna.get("queue"))[1]["uncertain"] == 0
    await break_off(doors)
    await break_off(doors, chat="78")
    assert (await anna.get("queue"))[1]["uncertain"] == 2


async def test_the_list_shows_who_what_and_when_and_leads_to_the_conversation(anna: Person, doors: Doors) -> None:
    conversation_id = await break_off(doors)
    status, listed = await page(anna.client, "/desk/uncertain")
    assert status == 200
    for shown in (
        "Mia &lt;script&gt; · Telegram",
        "Der Router blinkt rot &lt;b&gt;",
        "<time datetime=",
        f'href="/desk/uncertain/{conversation_id}"',
    ):
        assert shown in listed
    status, story = await page(anna.client, f"/desk/uncertain/{conversation_id}")
    assert status == 200
    assert "&lt;i&gt;hallo&lt;/i&gt;" in story
    assert "<strong>rot</strong> &lt;b&gt;" in story
    assert "Wir wissen nicht, ob das angekommen ist" in story


async def test_where_there_is_a_case_the_list_leads_to_it(
    anna: Person, store: Store, doors: Doors, open_case: Any
) -> None:
    case_id = await open_case(channel="telegram")
    draft = Reply(ReplyKind.BOT, "Hallo", "de")

    def unit(connection: Any) -> None:
        outbox.queue_reply(connection, 1, 0, draft)
        outbox.start(connection, 1)
        outbox.recover(connection, frozenset(), [])

    await store.write(unit)
    assert f'href="/desk#case-{case_id}"' in (await page(anna.client, "/desk/uncertain"))[1]


async def test_a_conversation_without_such_a_reply_is_not_shown(anna: Person, open_case: Any) -> None:
    await open_case("geheim")
    status, text = await page(anna.client, "/desk/uncertain/1")
    assert status == 303
    assert "geheim" not in text
    assert (await page(anna.client, "/desk/uncertain/abc"))[0] == 400
    assert "Nichts ist ungewiss" in (await page(anna.client, "/desk/uncertain"))[1]


@pytest.mark.parametrize("path", ["/desk/uncertain", "/desk/uncertain/1"])
async def test_only_agents_see_them(outsider: TestClient, editor: Person, doors: Doors, path: str) -> None:
    await break_off(doors)
    for client in (outsider, editor.client):
        status, text = await page(client, path)
        assert status == 303
        assert "blinkt" not in text
