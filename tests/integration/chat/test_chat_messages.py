"""/chat/api/messages: what is taken, once, and what is refused."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from bot.rates import Bucket
from bot.web.chat.routes import LIMITS
from tests.integration.chat.conftest import Door, begin, say, transcript


async def test_a_message_is_kept_and_shown(chat: Door) -> None:
    visitor = await begin(chat)
    client_id = str(uuid4())
    response = await say(chat, visitor, "<b>Hallo</b>", client_id)
    assert (response.status, await response.json()) == (202, {"client_id": client_id, "position": 1})
    [item] = (await transcript(chat, visitor))["items"]
    assert (item["from"], item["text"], item["html"], item["client_id"]) == (
        "customer",
        "<b>Hallo</b>",
        None,
        client_id,
    )


async def test_the_same_message_again_is_the_same(chat: Door) -> None:
    visitor = await begin(chat)
    client_id = str(uuid4())
    answers = await asyncio.gather(*(say(chat, visitor, "Hallo", client_id) for _ in range(5)))
    assert {answer.status for answer in answers} == {202}
    assert len({(await answer.json())["position"] for answer in answers}) == 1
    assert len((await transcript(chat, visitor))["items"]) == 1


async def test_half_a_surrogate_pair_is_cleaned(chat: Door) -> None:
    visitor = await begin(chat)
    body = b'{"client_id": "%s", "text": "a\\ud800b"}' % str(uuid4()).encode()
    assert (await chat.post("/chat/api/messages", data=body, headers=visitor)).status == 202
    assert [item["text"] for item in (await transcript(chat, visitor))["items"]] == ["a?b"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[" * 60_000, 400),
        (b'{"client_id": 1, "text": "x"}', 400),
        (b'"\\ud800"', 400),
        (b"9" * 6000, 400),
        (b"\xff\xfe", 400),
        (b"x" * (64 * 1024 + 1), 413),
    ],
)
async def test_broken_bodies_are_refused_with_a_sentence(chat: Door, body: bytes, status: int) -> None:
    response = await chat.post("/chat/api/messages", data=body, headers=await begin(chat))
    assert response.status == status
    assert (await response.json())["error"]


async def test_too_many_messages_are_refused(chat: Door) -> None:
    visitor = await begin(chat)
    chat.app[LIMITS].messages = Bucket("two", burst=2, per_second=0.01)
    assert [(await say(chat, visitor)).status for _ in range(3)] == [202, 202, 429]
