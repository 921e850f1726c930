"""/chat/api/transcript: what a visitor reads of the conversation, and what not."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from bot.domain.message import Button
from bot.domain.reply import Reply, ReplyKind, ReplyState
from bot.storage.tables import message
from tests.integration.chat.conftest import Door, answer, begin, say, store_of, transcript


@pytest.mark.parametrize("after", ["-1", "x", "1e3", "9" * 40, "٣"])
async def test_a_position_must_be_one(chat: Door, after: str) -> None:
    response = await chat.get("/chat/api/transcript", params={"after": after}, headers=await begin(chat))
    assert response.status == 400


async def test_answers_come_as_safe_html_with_source_and_buttons(chat: Door) -> None:
    visitor = await begin(chat)
    draft = Reply(ReplyKind.BOT, "**Ja** <script>", markdown=True, buttons=(Button("helped_yes", "a", "Ja"),))
    await answer(chat, draft)
    [item] = (await transcript(chat, visitor))["items"]
    assert (item["from"], item["text"], item["html"]) == (
        "bot",
        "Ja <script>",
        "<p><strong>Ja</strong> &lt;script&gt;</p>",
    )
    assert item["buttons"] == [{"name": "helped_yes", "value": "a", "label": "Ja"}]
    assert item["name"] == "Fernblick-Assistent"


async def test_what_is_not_sent_yet_is_not_shown(chat: Door) -> None:
    visitor = await begin(chat)
    for state in (ReplyState.DROPPED, ReplyState.FAILED, ReplyState.SENDING, ReplyState.QUEUED):
        await answer(chat, Reply(ReplyKind.BOT, state), state)
    assert (await transcript(chat, visitor))["items"] == []


async def test_the_customer_never_sees_the_reading(chat: Door) -> None:
    visitor = await begin(chat)
    await say(chat, visitor)
    await store_of(chat).write(lambda c: c.execute(update(message).values(reading={"secret": "urgent"}, brain="rasa")))
    response = await chat.get("/chat/api/transcript", headers=visitor)
    assert "secret" not in await response.text()
