"""A community for each test, and the whole front line in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.assembly import FrontLine, front_line
from bot.channels.discourse import private as private_posts
from bot.settings import Discourse, Rasa, Settings
from tests.fakes.discourse import KEY, SECRET, FakeDiscourse
from tests.fakes.discourse_world import BOT
from tests.homes import fresh_home


@pytest.fixture
async def forum() -> AsyncIterator[FakeDiscourse]:
    """A Discourse of which nothing wrong is asked."""
    async with FakeDiscourse() as fake:
        yield fake
        assert fake.mistakes == []


@pytest.fixture
async def house(tmp_path: Path, forum: FakeDiscourse, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FrontLine]:
    """A whole front line without Rasa that answers in the category "hilfe"."""
    monkeypatch.setattr(private_posts, "EVERY", 0.05)
    discourse = Discourse(
        url=forum.url,
        username=BOT.username,
        api_key=SecretStr(KEY),
        webhook_secret=SecretStr(SECRET),
        categories=("hilfe",),
    )
    settings = Settings(home=fresh_home(tmp_path), port=0, rasa=Rasa(enabled=False), discourse=discourse)
    async with front_line(settings) as running:
        account = forum.url.removeprefix("http://")
        forum.hook = f"http://127.0.0.1:{running.port}/webhooks/discourse/{account}"
        yield running
