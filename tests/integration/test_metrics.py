"""/metrics: the ledger and the process as figures, for those who may read them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample
from sqlalchemy import text

from bot.domain.conversation import ConversationKey
from bot.domain.message import EventKind, InboundEvent
from bot.settings import Settings, Web
from bot.storage import intake
from bot.storage.ledger import AUDIT
from bot.storage.store import Store
from bot.web.app import build_app
from bot.web.doors import Doors
from tests.docs.pages import coded, rows
from tests.history import write_history
from tests.integration.conftest import Person

TOKEN = "a token of some length"
LABELS = ("channel", "account", "state", "outcome", "rule")
Figures = dict[tuple[str, ...], float]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A token is set."""
    return Settings.model_validate({"home": tmp_path, "web": {"metrics_token": TOKEN, "secure_cookies": False}})


async def samples_of(client: TestClient[Any, Any]) -> list[Sample]:
    """Every figure."""
    async with client.get("/metrics") as response:
        assert response.status == 200
        assert response.headers["Content-Type"].startswith("text/plain; version=")
        told = await response.text()
    return [sample for family in text_string_to_metric_families(told) for sample in family.samples]


async def read(client: TestClient[Any, Any]) -> Figures:
    """Every figure by its name and what its labels say."""
    return {
        (sample.name, *(sample.labels[name] for name in LABELS if name in sample.labels)): sample.value
        for sample in await samples_of(client)
    }


async def status(client: TestClient[Any, Any], **headers: str) -> int:
    async with client.get("/metrics", headers=headers) as response:
        return response.status


async def test_they_are_told_on_this_machine_and_to_nobody_whom_a_proxy_brings(outsider: TestClient[Any, Any]) -> None:
    assert await status(outsider) == 200
    for header in ("X-Forwarded-For", "X-Real-IP", "Forwarded", "Via", "X-Forwarded-Proto"):
        assert await status(outsider, **{header: "127.0.0.1"}) == 403


async def test_who_has_the_token_reads_them_from_anywhere(outsider: TestClient[Any, Any]) -> None:
    elsewhere = {"X-Forwarded-For": "192.0.2.1"}
    assert await status(outsider, Authorization=f"Bearer {TOKEN}", **elsewhere) == 200
    for wrong in (TOKEN, "Bearer ", "Bearer None", f"Bearer {TOKEN}!", "Bearer ä", f"Basic {TOKEN}"):
        assert await status(outsider, Authorization=wrong, **elsewhere) == 403


async def test_without_a_token_nobody_has_it(doors: Doors, tmp_path: Path) -> None:
    object.__setattr__(doors, "settings", Settings(home=tmp_path, web=Web()))
    async with TestClient(TestServer(build_app(doors, []))) as client:
        for shown in ("Bearer ", "Bearer None", "Bearer"):
            assert await status(client, Authorization=shown, Via="1.1 proxy") == 403


async def test_the_ledger_is_told_by_channel_account_and_state(outsider: TestClient[Any, Any], store: Store) -> None:
    await store.write(lambda connection: connection.execute(text("DELETE FROM staff")) and None)
    write_history(store)
    told = await read(outsider)
    assert told["frontline_messages_received_total", "telegram", "42"] == 7
    assert told["frontline_messages", "telegram", "42", "answered"] == 2
    assert told["frontline_messages", "telegram", "42", "erased"] == 0
    assert told["frontline_messages", "web", "site", "answered"] == 1
    assert told["frontline_replies", "telegram", "42", "uncertain"] == 1
    assert told["frontline_attempts", "telegram", "42", "sent"] == 2
    assert told["frontline_open_messages", "telegram", "42"] == 2
    assert told["frontline_open_replies", "telegram", "42"] == 2
    assert told["frontline_open_replies", "web", "site"] == 0
    assert told["frontline_open_messages_oldest_seconds", "web", "site"] == 0
    assert {name[1]: value for name, value in told.items() if name[0] == "frontline_ledger_imbalances"} == {
        rule.id: 0 for rule in AUDIT.rules
    }


async def test_every_figure_is_told_of_in_the_documentation(outsider: TestClient[Any, Any], open_case: Any) -> None:
    await open_case()
    samples = [sample for sample in await samples_of(outsider) if sample.name.startswith("frontline_")]
    table = rows("docs/monitoring.md", "## Figures")
    told = {name: set(coded(row[1])) for row in table for name in coded(row[0])}
    assert {sample.name: set(sample.labels) for sample in samples} == told


async def test_the_oldest_that_waits_has_an_age(outsider: TestClient[Any, Any], store: Store) -> None:
    events = [
        InboundEvent(ConversationKey("web", "site", str(number)), str(number), EventKind.MESSAGE, "1", "Hallo")
        for number in range(3)
    ]
    await store.write(lambda connection: intake.accept(connection, events))
    hour_ago = "UPDATE message SET received_at = datetime('now', '-1 hour') WHERE id = 2"
    await store.write(lambda connection: connection.execute(text(hour_ago)) and None)
    age = (await read(outsider))["frontline_open_messages_oldest_seconds", "web", "site"]
    assert 3600 <= age < 3720


@pytest.mark.unbalanced
async def test_what_does_not_balance_is_counted_by_rule(
    outsider: TestClient[Any, Any], store: Store, open_case: Any
) -> None:
    for _ in range(3):
        await open_case()
    await store.write(lambda connection: connection.execute(text("UPDATE message SET state = 'lost'")) and None)
    told = await read(outsider)
    assert told["frontline_ledger_imbalances", "message.state"] == 3
    assert told["frontline_ledger_imbalances", "account.sum"] == 0
    assert told["frontline_messages", "web", "site", "lost"] == 3


async def test_several_processes_on_one_database_tell_the_same(
    doors: Doors, outsider: TestClient[Any, Any], open_case: Any
) -> None:
    await open_case()
    async with TestClient(TestServer(build_app(doors, []))) as other:
        here, there = await read(outsider), await read(other)
    of_ledger = ("frontline_messages", "frontline_replies", "frontline_attempts", "frontline_messages_received_total")
    assert {name: value for name, value in here.items() if name[0] in of_ledger} == {
        name: value for name, value in there.items() if name[0] in of_ledger
    }


async def test_nothing_of_a_customer_is_told(outsider: TestClient[Any, Any], open_case: Any) -> None:
    await open_case("Mein Geld ist weg")
    async with outsider.get("/metrics") as response:
        told = await response.text()
    assert 'account="site"' in told
    assert not [word for word in ("Geld", "chat-0", "message-0", "event-0") if word in told]


async def test_the_process_tells_of_itself_and_who_is_connected(outsider: TestClient[Any, Any], anna: Person) -> None:
    before = await read(outsider)
    assert (before["frontline_rasa_up",], before["frontline_storage_full",]) == (0, 0)
    assert before["process_resident_memory_bytes",] > 10**6
    assert before["process_cpu_seconds_total",] > 0
    origin = str(anna.client.make_url("/")).rstrip("/")
    async with outsider.post("/chat/api/start", json={"language": "de"}) as begun:
        token = (await begun.json())["token"]
    async with anna.client.ws_connect("/desk/api/live", origin=origin), outsider.ws_connect("/chat/api/live") as chat:
        await chat.send_json({"token": token, "after": 0})
        await chat.receive_json()
        async with asyncio.timeout(10):
            while (now := await read(outsider))["frontline_desk_sockets",] == 0:
                await asyncio.sleep(0)
    assert (before["frontline_desk_sockets",], now["frontline_desk_sockets",]) == (0, 1)
    assert (before["frontline_chat_sockets",], now["frontline_chat_sockets",]) == (0, 1)


async def test_a_database_that_is_away_takes_nothing_else_with_it(outsider: TestClient[Any, Any], store: Store) -> None:
    await store.write(lambda connection: connection.execute(text("ALTER TABLE attempt RENAME TO attempts")) and None)
    told = await read(outsider)
    await store.write(lambda connection: connection.execute(text("ALTER TABLE attempts RENAME TO attempt")) and None)
    assert told["frontline_storage_full",] == 0
    assert not [name for name in told if name[0].startswith(("frontline_messages", "frontline_ledger"))]
