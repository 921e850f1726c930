"""Answers that agents may choose from."""

from __future__ import annotations

import pytest

from bot.knowledge.publishing import import_answers
from bot.storage.store import Store
from bot.web.doors import Doors
from tests.integration.desk.words import BILL, SIM, Publish
from tests.integration.test_live_index import answer


@pytest.fixture
async def publish(store: Store, doors: Doors) -> Publish:
    """Publishes exactly these answers."""

    async def put(*slugs: str) -> None:
        items = [answer(slug, (f"Was ist {slug}?", slug)) for slug in slugs]
        await store.write(lambda connection: import_answers(connection, items))
        await doors.library.reload()

    doors.library.search_with(lambda words, _language: [slug for slug in (BILL, SIM) if words in slug])
    await put(BILL, SIM)
    return put
