"""kill -9 at random moments, under load: nothing lost, nothing out of order, nothing silently doubled.

The product runs as a process of its own, is killed, and is started again at once, as systemd would. Telegram (a fake that keeps what it was
sent) and the web chat's customers live on, and do what they do in life: Telegram delivers again what was not confirmed, a page posts again
what was not acknowledged. After each kill Telegram is used the other way, polled or by its webhook.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping
from pathlib import Path

import pytest
from sqlalchemy import Engine

from bot.delivery.supervisor import free_port
from bot.storage.engines import make_engine
from tests.e2e.conftest import Served, serve
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.homes import fresh_home
from tests.reliability.crowd import Crowd
from tests.reliability.reckoning import (
    announced,
    check_answered,
    check_ledger,
    check_received,
    check_replies_final,
    check_sent,
    hold_back,
    open_work,
    uncertain,
)
from tests.reliability.scale import PATIENCE, chance, scaled

KILLS = scaled(10)
CHATS, PAGES = (40, scaled(10)), (160, scaled(29))  # how many, and how much each has to say
BACKLOG = 200
PUBLIC = "https://bot.example"
BY_WEBHOOK = {"FRONTLINE_TELEGRAM__WEBHOOK_SECRET": "s3cret_of-the-webhook", "FRONTLINE_WEB__PUBLIC_URL": PUBLIC}


class Killed:
    """A front line at one address that is killed and started again. `under_way` counts the sends that were announced at the kills."""

    def __init__(self, home: Path, telegram: FakeTelegram, engine: Engine) -> None:
        self._home = home
        self._telegram = telegram
        self._engine = engine
        self._port = free_port()
        self._ways = itertools.cycle(({}, BY_WEBHOOK))
        self.url = f"http://127.0.0.1:{self._port}"
        self.under_way = 0
        self.open_at_telegram = 0
        self.environment = {
            "FRONTLINE_RASA__ENABLED": "false",
            "FRONTLINE_TELEGRAM__TOKEN": TOKEN,
            "FRONTLINE_TELEGRAM__BASE_URL": telegram.base_url,
        }
        telegram.hosts[f"{PUBLIC}/webhooks/telegram/{TOKEN.partition(':')[0]}"] = (
            f"{self.url}/webhooks/telegram/{TOKEN.partition(':')[0]}"
        )

    async def start(self) -> None:
        """Start it; it serves afterwards."""
        environment: Mapping[str, str] = {**self.environment, **next(self._ways)}
        self._served: Served = await asyncio.to_thread(serve, self._home, port=self._port, **environment)
        await asyncio.to_thread(self._served.wait, rasa=False)

    async def kill(self) -> None:
        """End it without warning."""
        self.open_at_telegram += self._telegram.sending
        self._served.process.kill()
        await asyncio.to_thread(self._served.process.wait)
        self.under_way += await asyncio.to_thread(announced, self._engine)


@pytest.mark.timeout(PATIENCE)
async def test_nothing_is_lost_doubled_or_out_of_order(tmp_path: Path) -> None:
    home, random = fresh_home(tmp_path), chance()
    engine = make_engine(f"sqlite:///{home}/frontline.db")
    async with FakeTelegram(lag=0.05, forgetful=0.05) as telegram, asyncio.TaskGroup() as beside:
        product = Killed(home, telegram, engine)
        crowd = Crowd(telegram, [product.url], random, chats=CHATS, pages=PAGES)
        always = [beside.create_task(job) for job in (telegram.keep_pushing(), hold_back(crowd, engine, BACKLOG))]
        await product.start()
        try:
            writing = beside.create_task(crowd.write())
            for number in range(KILLS):
                await crowd.until((number + random.random()) / KILLS)
                await asyncio.sleep(random.uniform(0, 0.2))
                await product.kill()
                await product.start()
            await writing
            while await asyncio.to_thread(open_work, engine) or telegram.updates:
                await asyncio.sleep(0.2)
        finally:
            for job in always:
                job.cancel()
            await product.kill()
    print(
        f"{crowd.messages} messages, {KILLS} kills; under way at the kills: {product.under_way} sends announced, "
        f"{product.open_at_telegram} of them open at Telegram; {uncertain(engine)} replies are uncertain"
    )
    check_received(engine, crowd.said)
    check_answered(engine)
    check_replies_final(engine)
    check_sent(engine, telegram)
    assert uncertain(engine) <= product.under_way
    assert telegram.mistakes == []
    engine.dispose()
    check_ledger(home)
