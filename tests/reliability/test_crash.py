"""kill -9 at random moments, under load: nothing lost, nothing out of order, nothing silently doubled.

The product runs as a process of its own, is killed, and is started again at once, as systemd would. Telegram (a fake that keeps what it was
sent) and the web chat's customers live on, and do what they do in life: Telegram delivers again what was not confirmed, a page posts again
what was not acknowledged.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.storage.engines import make_engine
from tests.fakes.telegram import FakeTelegram
from tests.homes import fresh_home
from tests.reliability.crowd import Crowd
from tests.reliability.reckoning import (
    check_answered,
    check_ledger,
    check_received,
    check_replies_final,
    check_sent,
    hold_back,
    open_work,
    uncertain,
)
from tests.reliability.restarted import Restarted
from tests.reliability.scale import PATIENCE, chance, scaled

KILLS = scaled(5)
CHATS, PAGES = (40, scaled(5)), (160, scaled(14))  # how many, and how much each has to say
BACKLOG = 200


@pytest.mark.timeout(PATIENCE)
async def test_nothing_is_lost_doubled_or_out_of_order(tmp_path: Path) -> None:
    home, random = fresh_home(tmp_path), chance()
    engine = make_engine(f"sqlite:///{home}/frontline.db")
    async with FakeTelegram(lag=0.05, forgetful=0.05) as telegram, asyncio.TaskGroup() as beside:
        product = Restarted(home, telegram, engine)
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
