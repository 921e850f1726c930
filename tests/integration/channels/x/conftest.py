"""An X for each test, and the whole front line with an account there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.assembly import FrontLine, front_line
from bot.settings import Rasa, Settings, X
from tests.fakes.x import CONSUMER_KEY, CONSUMER_SECRET, TOKEN, TOKEN_SECRET, FakeX
from tests.homes import fresh_home


@pytest.fixture
async def x() -> AsyncIterator[FakeX]:
    """An X of which nothing wrong is asked."""
    async with FakeX() as fake:
        yield fake
        assert fake.mistakes == []


@pytest.fixture
async def house(tmp_path: Path, x: FakeX) -> AsyncIterator[FrontLine]:
    """A whole front line without Rasa, with the account set up."""
    keys = X(
        consumer_key=SecretStr(CONSUMER_KEY),
        consumer_secret=SecretStr(CONSUMER_SECRET),
        access_token=SecretStr(TOKEN),
        access_token_secret=SecretStr(TOKEN_SECRET),
        base_url=x.base_url,
    )
    settings = Settings(home=fresh_home(tmp_path), port=0, rasa=Rasa(enabled=False), x=keys)
    async with front_line(settings) as running:
        yield running
