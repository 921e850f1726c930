"""Several machines, and a network that fails between them without a word: nothing lost, nothing out of order, nothing silently doubled.

Each host is a network namespace. What is cut off gets no answer and no refusal, as when a cable is pulled: only silence tells.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
import pytest_asyncio
from redis.asyncio import Redis

from bot.storage.engines import CUT_OFF_AFTER, STANDS_STILL_AFTER
from bot.storage.live import QUIET, RedisLive
from bot.storage.presence import LOOK_EVERY, connections
from tests.namespaces import why_not
from tests.reliability import reckoning
from tests.reliability.crowd import Crowd
from tests.reliability.installation import Installation, Machine, installed, site
from tests.reliability.scale import scaled

WHY_NOT = why_not()
pytestmark = [
    pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT),
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(scaled(600)),
]

TAKEN_OVER_WITHIN = CUT_OFF_AFTER + LOOK_EVERY  # seconds, as promised
SPARE = 30.0  # seconds that a busy machine may take in addition
SETTLED_WITHIN = 60.0
NOTICED_WITHIN = 2 * QUIET


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def installation(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Installation]:
    with site(tmp_path_factory.mktemp("site")) as place:
        async with installed(place, tmp_path_factory.mktemp("homes")) as running:
            yield running


async def until(so: Callable[[], bool], seconds: float = 0.0) -> None:
    """Wait until `so`; TimeoutError where it does not come to that."""
    async with asyncio.timeout(seconds + SPARE):
        while not so():
            await asyncio.sleep(0.05)


@asynccontextmanager
async def load(installation: Installation) -> AsyncIterator[None]:
    """Customers write, on both channels and at both machines, before this context, in it and after it; at its end everything is settled."""
    size = (12, scaled(10))
    crowd = Crowd(installation.telegram, installation.doors, installation.chance, chats=size, pages=size)
    crowd.said = installation.said
    async with asyncio.TaskGroup() as group:
        group.create_task(crowd.write())
        await crowd.until(0.2)
        yield
    engine, everything = installation.engine, sum(len(said) for said in installation.said.values())
    await until(lambda: reckoning.stored(engine) == everything and reckoning.open_work(engine) == 0, SETTLED_WITHIN)


def check_the_books(installation: Installation, *, uncertain: int) -> None:
    """0 lost, 0 doubled, in order, and no more doubts than sends that were under way."""
    engine = installation.engine
    reckoning.check_received(engine, installation.said)
    reckoning.check_answered(engine)
    reckoning.check_replies_final(engine)
    reckoning.check_sent(engine, installation.telegram, late=True)
    assert reckoning.uncertain(engine) <= uncertain, reckoning.doubts(engine)


async def served(installation: Installation) -> None:
    """Whoever comes now is answered."""
    crowd = Crowd(installation.telegram, installation.doors, installation.chance, chats=(0, 0), pages=(6, 1))
    await crowd.write()
    installation.said.update(crowd.said)
    await until(lambda: reckoning.settled_at(installation.engine, crowd.said) == crowd.messages)


def sessions(installation: Installation) -> int:
    """How many there are of the product, as the database's own host sees it."""
    with installation.site.database.entered(), installation.engine.connect() as connection:
        return connections(connection)


async def answered_by(machine: Machine) -> int:
    """The status its door gives."""
    start = f"{machine.web.url}/chat/api/start"
    async with aiohttp.ClientSession() as session, session.post(start, json={"language": "de"}) as response:
        return response.status


async def stood_in_for(installation: Installation, lost: Machine, number: int | None) -> None:
    """Whoever is left takes up what the lost one had, and asks Telegram for news."""
    await until(lambda: number not in reckoning.processes(installation.engine), TAKEN_OVER_WITHIN)
    await until(lambda: installation.poller() is not lost, LOOK_EVERY)
    await served(installation)


async def test_a_host_that_is_cut_off_is_stood_in_for_and_comes_back(installation: Installation) -> None:
    doubts = reckoning.uncertain(installation.engine)
    async with load(installation):
        lost = installation.poller()
        number = installation.number(lost)
        await until(lambda: installation.in_hand(number)[1] > 0)
        lost.host.cut_off()
        try:
            messages, sends = installation.in_hand(number)
            await stood_in_for(installation, lost, number)
        finally:
            lost.host.join()
        await until(lambda: installation.number(lost) not in (None, number), TAKEN_OVER_WITHIN)
        assert await answered_by(lost) == 201
    print(f"cut off with {messages} messages and {sends} sends in hand")
    check_the_books(installation, uncertain=doubts + sends)


async def test_a_host_that_only_the_database_is_lost_to_ends_nothing_of_what_it_began(
    installation: Installation,
) -> None:
    """It goes on sending, and customers still reach it: but what it says to anybody is not what the others go by."""
    doubts, database = reckoning.uncertain(installation.engine), installation.site.database
    async with load(installation):
        lost = installation.poller()
        number = installation.number(lost)
        await until(lambda: installation.in_hand(number)[1] > 0)
        lost.host.cut_off_from(database)
        try:
            _, sends = installation.in_hand(number)
            assert await answered_by(lost) == 503
            await stood_in_for(installation, lost, number)
        finally:
            lost.host.join_with(database)
        await until(lambda: installation.number(lost) not in (None, number), TAKEN_OVER_WITHIN)
        assert await answered_by(lost) == 201
    print(f"lost to the database with {sends} sends in hand")
    check_the_books(installation, uncertain=doubts + sends)


async def test_everybody_goes_on_when_the_database_is_back(installation: Installation) -> None:
    doubts, database = reckoning.uncertain(installation.engine), installation.site.database
    async with load(installation):
        database.cut_off()
        try:
            with database.entered():
                sends = reckoning.announced(installation.engine)
            refused = await asyncio.gather(*(answered_by(machine) for machine in installation.machines))
            await until(
                lambda: sessions(installation) == 0, STANDS_STILL_AFTER
            )  # nobody has kept what they had in hand
        finally:
            database.join()
        assert refused == [503, 503]
        await served(installation)
    check_the_books(installation, uncertain=doubts + sends)


async def test_redis_away_costs_time_and_nothing_else(installation: Installation) -> None:
    doubts, cache = reckoning.uncertain(installation.engine), installation.site.cache
    async with load(installation):
        cache.cut_off()
        try:
            await served(installation)
            await asyncio.sleep(NOTICED_WITHIN)
            await served(installation)
        finally:
            cache.join()
        async with Redis.from_url(installation.site.redis.url) as redis, asyncio.timeout(SPARE):
            while dict(await redis.pubsub_numsub(RedisLive.CHANNEL)) != {RedisLive.CHANNEL.encode(): 4}:
                await asyncio.sleep(0.1)
    check_the_books(installation, uncertain=doubts)
