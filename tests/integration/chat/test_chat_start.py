"""/chat/api/start: a conversation and the only key to it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from bot.storage.tables import web_visitor
from tests.integration.chat.conftest import Door, begin, store_of


@pytest.mark.parametrize("language", [None, "xx", 5, ["de"], {"$ne": ""}])
async def test_an_unknown_language_is_refused(chat: Door, language: Any) -> None:
    assert (await chat.post("/chat/api/start", json={"language": language})).status == 400


async def test_the_token_is_stored_as_a_hash_only(chat: Door) -> None:
    visitor = await begin(chat)
    token = visitor["Authorization"].removeprefix("Bearer ")
    assert len(token) >= 43  # 256 bit in base64
    stored = await store_of(chat).read(lambda c: c.execute(select(web_visitor.c.token_hash)).scalars().all())
    assert token not in stored
