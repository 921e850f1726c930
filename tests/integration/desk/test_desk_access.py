"""/desk/api: what outsiders, editors and forged requests neither see nor do."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from sqlalchemy import select

from bot.storage.store import Store
from bot.storage.tables import case, conversation
from tests.integration.conftest import Person

READS = ["queue", "cases/1", "live", "answers?q=rechnung"]
ACTS = [
    *(f"cases/1/{act}" for act in ("claim", "reply", "resolve", "back", "urgency", "right-answer")),
    *(f"replies/1/{act}" for act in ("send-again", "arrived")),
]


@pytest.mark.parametrize("path", READS)
async def test_an_outsider_and_an_editor_see_nothing(
    outsider: TestClient, editor: Person, open_case: Any, path: str
) -> None:
    await open_case("geheim")
    async with outsider.get(f"/desk/api/{path}", allow_redirects=False) as response:
        assert response.status == 401
        assert "geheim" not in await response.text()
    status, body = await editor.get(path)
    assert status == 403
    assert "geheim" not in json.dumps(body)


@pytest.mark.parametrize("path", ACTS)
async def test_an_outsider_and_an_editor_do_nothing(
    outsider: TestClient, editor: Person, store: Store, open_case: Any, path: str
) -> None:
    await open_case()
    body = {"client_id": "x", "text": "Hallo"}
    async with outsider.post(f"/desk/api/{path}", json=body, headers={"X-CSRF-Token": "x"}) as response:
        assert response.status in (401, 403)
    assert (await editor.post(path, body))[0] == 403
    rows = await store.read(lambda connection: connection.execute(select(case.c.state, case.c.staff_id)).all())
    assert [tuple(row) for row in rows] == [("waiting", None)]


@pytest.mark.parametrize("path", ACTS)
async def test_without_the_token_of_the_session_nothing_happens(
    anna: Person, ben: Person, store: Store, open_case: Any, path: str
) -> None:
    await open_case()
    for headers in ({}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": ben.csrf}):
        async with anna.client.post(
            f"/desk/api/{path}", json={"client_id": "x", "text": "x"}, headers=headers
        ) as response:
            assert response.status == 403
    owners = await store.read(lambda connection: connection.execute(select(conversation.c.owner)).scalars().all())
    assert owners == ["bot"]
