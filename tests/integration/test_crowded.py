"""Too much waits: each door says so in its own way, keeps nothing half, and takes what comes again once there is room."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiohttp.test_utils import TestClient, TestServer
from structlog.testing import capture_logs

from bot.channels.telegram import TelegramChannel
from bot.domain.message import InboundEvent
from bot.settings import Settings, Web
from bot.storage import inbox
from bot.storage.progress import load_progress
from bot.storage.store import Store
from bot.web.app import build_app
from bot.web.doors import Doors
from tests.contract.storage.customers import answered
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_bench import CUSTOMER, PUBLIC, SECRET, channel_to, texts
from tests.integration.chat.conftest import FRIEND, begin, say, transcript

MOST, OF_CONVERSATION = 4, 2
HOOK = "/webhooks/telegram/4242"
Door = TestClient[Any, Any]


@pytest.fixture
def settings(tmp_path: Path, database_of: Callable[[Path], str]) -> Settings:
    """Few may wait."""
    bounds = {"most_waiting": MOST, "most_waiting_of_conversation": OF_CONVERSATION}
    return Settings(home=tmp_path, database_url=database_of(tmp_path), web=Web(chat_origins=(FRIEND,)), **bounds)


@pytest.fixture
async def called(telegram: FakeTelegram) -> AsyncIterator[TelegramChannel]:
    """A bot that Telegram calls."""
    async with channel_to(telegram, webhook_secret=SECRET, webhook_url=PUBLIC) as channel:
        yield channel


@pytest.fixture
async def door(doors: Doors, called: TelegramChannel, telegram: FakeTelegram) -> AsyncIterator[Door]:
    """All doors, over a store on which nobody works."""
    async with TestClient(TestServer(build_app(doors, [called]))) as client:
        telegram.hosts[PUBLIC] = str(client.make_url(HOOK))
        yield client


async def everybody_is_answered(doors: Doors) -> None:
    """What waits is worked off, and the process has noticed."""

    def unit(connection: Any) -> None:
        while found := inbox.take(connection, MOST):
            for taken in found:
                answered(taken.message)(connection)

    await doors.store.write(unit)
    await doors.inbox.backlog.look()


async def test_a_webhook_is_told_to_come_again_and_then_everything_is_there_once(
    door: Door, doors: Doors, telegram: FakeTelegram, store: Store
) -> None:
    for number in range(MOST + 2):
        telegram.customer_says(CUSTOMER + number, f"Nachricht {number}")
    assert await telegram.push() == [200] * MOST + [503]
    headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
    async with door.post(HOOK, json=telegram.updates[0], headers=headers) as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (503, "10")
    await everybody_is_answered(doors)
    assert await telegram.push() == [200, 200]
    assert await texts(store) == [f"Nachricht {number}" for number in range(MOST + 2)]


async def test_a_poller_asks_for_no_more_and_never_confirms_what_is_not_stored(
    doors: Doors, telegram: FakeTelegram, store: Store
) -> None:
    async def accept(events: Sequence[InboundEvent], progress: dict[str, Any] | None) -> None:
        await doors.inbox.accept(events, progress)

    async def confirmed() -> int:
        stands = await store.read(lambda connection: load_progress(connection, "telegram", "4242"))
        return int(stands.get("offset", 0))

    for number in range(MOST):
        telegram.customer_says(CUSTOMER + number, f"Nachricht {number}")
    async with channel_to(telegram) as channel:
        polling = asyncio.create_task(channel.poll({}, accept))
        await telegram.until(lambda: not telegram.updates)
        stored = await confirmed()
        telegram.customer_says(CUSTOMER, "noch eine")
        asked = len(telegram.called("getUpdates"))
        await asyncio.gather(*(begin_to_look(doors) for _ in range(20)))
        assert await confirmed() == stored
        assert max(call.get("offset", 0) for call in telegram.called("getUpdates")) == stored
        assert len(telegram.called("getUpdates")) == asked  # the batch in hand is all it has
        assert len(telegram.updates) == 1
        await everybody_is_answered(doors)
        await telegram.until(lambda: not telegram.updates)
        polling.cancel()
    assert await texts(store) == [*(f"Nachricht {number}" for number in range(MOST)), "noch eine"]


async def begin_to_look(doors: Doors) -> None:
    """Time goes by, in which nothing has become free."""
    await doors.inbox.backlog.look()
    assert doors.inbox.backlog.is_full


async def test_a_visitor_hears_that_it_is_crowded_and_gets_through_with_the_same_message(
    door: Door, doors: Doors
) -> None:
    for _ in range(MOST):
        assert (await say(door, await begin(door))).status == 202
    visitor, client_id = await begin(door), str(uuid4())
    refused = await say(door, visitor | {"Origin": FRIEND}, "Mein Router brennt", client_id)
    assert (refused.status, (await refused.json())["crowded"]) == (503, True)
    assert refused.headers["Retry-After"] == "10"
    assert refused.headers["Access-Control-Expose-Headers"] == "Retry-After"  # else no other site's page could read it
    assert (await transcript(door, visitor))["items"] == []
    await everybody_is_answered(doors)
    assert [(await say(door, visitor, "Mein Router brennt", client_id)).status for _ in range(2)] == [202, 202]
    assert [item["text"] for item in (await transcript(door, visitor))["items"]] == ["Mein Router brennt"]


async def test_a_visitor_of_whom_much_waits_is_asked_to_wait_and_nobody_else(door: Door, doors: Doors) -> None:
    eager, other = await begin(door), await begin(door)
    assert [(await say(door, eager)).status for _ in range(OF_CONVERSATION)] == [202] * OF_CONVERSATION
    refused = await say(door, eager)
    assert (refused.status, refused.headers["Retry-After"]) == (429, "10")
    assert "crowded" not in await refused.json()
    assert (await say(door, other)).status == 202
    await everybody_is_answered(doors)
    assert (await say(door, eager)).status == 202


async def test_operators_hear_of_it_once_when_it_begins_and_once_when_it_ends(door: Door, doors: Doors) -> None:
    async def figure() -> str:
        async with door.get("/metrics") as response:
            lines = (await response.text()).splitlines()
        return next(line.partition(" ")[2] for line in lines if line.startswith("frontline_backlog_full "))

    with capture_logs() as logged:
        assert await figure() == "0.0"
        for _ in range(MOST + 3):
            await say(door, await begin(door))
        assert await figure() == "1.0"
        for _ in range(2):
            await everybody_is_answered(doors)
        assert await figure() == "0.0"
    about = [(line["event"], line["log_level"]) for line in logged if line["event"].startswith("backlog.")]
    assert about == [("backlog.full", "warning"), ("backlog.drained", "info")]
