"""A Graph API of its own for every test, with a page on it, and the whole front line that this page belongs to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.assembly import FrontLine, front_line
from bot.settings import Hours, Meta, MetaPage, Rasa, Settings
from tests.fakes.graph import APP, APP_SECRET, VERIFY_TOKEN, FakeGraph
from tests.fakes.graph_pages import Page
from tests.homes import fresh_home

TOKEN = "EAAG-page-token-of-the-tests"


@pytest.fixture
async def graph() -> AsyncIterator[FakeGraph]:
    """A Graph API of which nothing wrong is asked."""
    async with FakeGraph() as made:
        yield made
        assert made.mistakes == []


@pytest.fixture
def page(graph: FakeGraph) -> Page:
    """The company's page, with the Instagram account linked to it."""
    return Page(graph, "4711", TOKEN)


@pytest.fixture
def meta(graph: FakeGraph, page: Page) -> Meta:
    """What the operator has set."""
    mine = MetaPage(id=page.id, token=SecretStr(page.token), instagram=page.instagram.id, comments=True)
    secrets = {"app_secret": SecretStr(APP_SECRET), "verify_token": SecretStr(VERIFY_TOKEN)}
    return Meta(app_id=APP, graph_url=graph.base_url, pages=(mine,), **secrets)


@pytest.fixture
async def house(tmp_path: Path, graph: FakeGraph, meta: Meta) -> AsyncIterator[FrontLine]:
    """A whole front line without Rasa, always open, which Meta has been told of."""
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    hours = Hours.model_validate({"week": {day: {"opens": "00:00", "closes": "23:59:59"} for day in days}})
    settings = Settings(home=fresh_home(tmp_path), port=0, rasa=Rasa(enabled=False), hours=hours, meta=meta)
    async with front_line(settings) as running:
        assert await graph.subscribe(f"http://127.0.0.1:{running.port}/webhooks/meta")
        yield running
