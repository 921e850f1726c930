"""A web side that listens as the product does, over a real store, and the cast of the integration tests."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
import uvloop

from bot.channels.base import WebhookChannel
from bot.channels.telegram import TelegramChannel, TelegramSettings
from bot.channels.telegram.addressing import Identity
from bot.settings import Settings, Web
from bot.web.app import build_app
from bot.web.doors import Doors
from bot.web.listening import listening
from tests.fakes.telegram import TOKEN
from tests.hostile.house import House, opened
from tests.hostile.odd import SEED
from tests.hostile.vendors import HOOK, SECRET
from tests.hostile.wire import Wire
from tests.integration.conftest import channels, database_of, doors, settings, store

__all__ = ["channels", "database_of", "doors", "settings", "store"]

Serve = Callable[..., contextlib.AbstractAsyncContextManager[int]]


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The loop that the product runs on: what becomes of a connection is the loop's matter too."""
    return {"uvloop": uvloop.new_event_loop}


def telegram_door() -> WebhookChannel:
    """A Telegram that is called, and knows its name."""
    channel = TelegramChannel(TelegramSettings(TOKEN, webhook_secret=SECRET, webhook_url=f"https://bot.example{HOOK}"))
    channel.identity = Identity("4242", "fernblick_bot")
    return channel


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The whole product, one for all tests that only knock at its doors."""
    print(f"FRONTLINE_SEED={SEED}")
    with opened(tmp_path_factory.mktemp("house")) as found:
        yield found


@pytest.fixture
def wire(house: House) -> Iterator[Wire]:
    """A connection to the house, in whose log there is no accident afterwards."""
    with Wire(house.port) as made:
        yield made
        assert made.ask("GET", b"/healthz", []).status == 200
    assert house.troubles() == []


@pytest.fixture
def serve(doors: Doors, settings: Settings) -> Serve:
    """Listens with these settings of the web side; gives the port."""

    @contextlib.asynccontextmanager
    async def begin(**web: Any) -> AsyncIterator[int]:
        chosen = settings.model_copy(update={"port": 0, "web": Web(public_url="https://help.example", **web)})
        app = build_app(Doors(**{**vars(doors), "settings": chosen}), [telegram_door()])
        async with listening(app, chosen) as port:
            yield port

    return begin
