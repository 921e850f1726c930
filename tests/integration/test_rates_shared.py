"""What one process of a front line has granted counts in the others."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr

from bot.assembly import front_line
from bot.channels.telegram.limits import Limiter
from bot.doorways import build_doorways
from bot.errors import DeliveryError
from bot.rates import LocalRates
from bot.settings import Rasa, Settings, Telegram
from bot.storage.live import LocalLive
from bot.storage.rates import RedisRates
from bot.web.app import build_app
from bot.web.chat.limits import Limits
from bot.web.desk.attempts import LIMIT, WINDOW
from bot.web.doors import Doors
from tests.fakes.telegram_bench import saying
from tests.homes import fresh_home
from tests.integration.conftest import PASSWORD, csrf_in
from tests.servers import REDIS_WITHIN, redis_server

ADDRESS = {"X-Forwarded-For": "192.0.2.7"}


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    with redis_server(tmp_path) as server:
        yield server.url


@pytest.fixture
async def rates(redis_url: str) -> AsyncIterator[RedisRates]:
    """The end of a process of its own."""
    found = RedisRates(redis_url, patience=REDIS_WITHIN)
    yield found
    await found.close()


@pytest.fixture
async def two(doors: Doors, rates: RedisRates, redis_url: str) -> AsyncIterator[list[TestClient]]:
    """Browsers at two processes that share database and Redis."""
    other = RedisRates(redis_url, patience=REDIS_WITHIN)
    apps = [build_app(replace(doors, rates=end), []) for end in (rates, other)]
    async with TestClient(TestServer(apps[0])) as first, TestClient(TestServer(apps[1])) as second:
        yield [first, second]
    await other.close()


async def sign_in(client: TestClient, login: str, password: str) -> aiohttp.ClientResponse:
    async with client.get("/sign-in") as response:
        data = {"csrf": csrf_in(await response.text()), "login": login, "password": password}
    return await client.post("/sign-in", data=data, allow_redirects=False)


async def test_guessing_a_password_at_several_processes_is_no_way_around(two: list[TestClient]) -> None:
    statuses = [(await sign_in(two[number % 2], "anna", "wrong")).status for number in range(LIMIT)]
    assert statuses == [401] * LIMIT
    for client in two:
        refused = await sign_in(client, "anna", PASSWORD)
        assert refused.status == 429
        assert 0 < int(refused.headers["Retry-After"]) <= WINDOW


async def test_a_front_line_counts_with_the_others(tmp_path: Path, redis_url: str, rates: RedisRates) -> None:
    await rates.pause(Limits(rates).starts_of_address, ADDRESS["X-Forwarded-For"], 1000)
    settings = Settings(
        home=fresh_home(tmp_path / "home"), port=0, rasa=Rasa(enabled=False), redis_url=SecretStr(redis_url)
    )
    async with front_line(settings) as running, aiohttp.ClientSession() as page:
        start = f"http://127.0.0.1:{running.port}/chat/api/start"
        for headers, status in ((ADDRESS, 429), ({}, 201)):
            async with page.post(start, json={"language": "de"}, headers=headers) as response:
                assert response.status == status


async def test_telegram_sends_by_the_same_rates(tmp_path: Path) -> None:
    rates = LocalRates()
    assert await Limiter(rates, "4242").claim(1001) == 0
    telegram = Telegram(token=SecretStr("4242:AAF-fake_token"), base_url="http://127.0.0.1:9")
    channel = build_doorways(Settings(home=tmp_path, telegram=telegram), LocalLive(), rates).channels[-1]
    with pytest.raises(DeliveryError, match="used up"):
        await channel.send(saying("Hallo"))
    await channel.close()
