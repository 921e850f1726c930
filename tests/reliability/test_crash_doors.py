"""kill -9 with every door open: of what came in by any of them nothing is lost, doubled or out of order, and the ledger balances."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text

from bot.storage.engines import make_engine
from bot.storage.tables import OPEN_MESSAGES, OPEN_REPLIES, conversation, message, reply
from tests.homes import fresh_home
from tests.reliability.reckoning import check_answered, check_ledger, rows_of, uncertain
from tests.reliability.restarted import Restarted
from tests.reliability.scale import PATIENCE, chance, scaled
from tests.synapse import Synapse, synapse
from tests.town import Town
from tests.visitors import Visitor

KILLS = scaled(3)
SAYINGS = ("hallo", "danke dir", "guten Tag")
SOON = 120  # seconds in which all is worked off that came in
MESSAGES = 4  # of each visitor: X lets fifteen direct messages go out in a quarter of an hour


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synapse]:
    """A homeserver."""
    with synapse(tmp_path_factory.mktemp("synapse")) as running:
        yield running


@pytest.mark.timeout(PATIENCE)
@pytest.mark.parametrize("system", ["sqlite", "postgresql"])
async def test_whatever_door_it_came_in_by(
    system: str, tmp_path: Path, server: Synapse, request: pytest.FixtureRequest
) -> None:
    home, random = fresh_home(tmp_path), chance()
    url = f"sqlite:///{home}/frontline.db"
    if system == "postgresql":
        url = request.getfixturevalue("postgres").database()
    engine = make_engine(url)
    said: dict[str, list[str]] = {}

    async def write(name: str, visitor: Visitor) -> None:
        for number in range(MESSAGES):
            await asyncio.sleep(random.uniform(0, 2))
            words = f"{random.choice(SAYINGS)} {number}"
            said.setdefault(name, []).append(words)
            await visitor.says(words)

    async with Town(server) as town, asyncio.TaskGroup() as beside:
        sections = {f"FRONTLINE_{name.upper()}": json.dumps(values) for name, values in town.sections.items()}
        del sections["FRONTLINE_TELEGRAM"]  # which is used one way and the other
        product = Restarted(home, town.telegram, engine, FRONTLINE_DATABASE_URL=url, **sections)
        pushing = beside.create_task(town.telegram.keep_pushing())
        await product.start()
        try:
            await town.called_at(product.url)
            writing = [beside.create_task(write(name, one)) for name, one in town.visitors.items()]
            for _ in range(KILLS):
                await asyncio.sleep(random.uniform(0.5, 2))
                await product.kill()
                await product.start()
            await asyncio.gather(*writing)
            await _finished(engine, said, town)
            heard = {name: await visitor.hears() for name, visitor in town.visitors.items()}
        finally:
            pushing.cancel()
            await product.kill()
    assert _received(engine) == said
    check_answered(engine)
    _check_heard(engine, heard)
    assert uncertain(engine) <= product.under_way
    engine.dispose()
    check_ledger(home, FRONTLINE_DATABASE_URL=url)


async def _finished(engine: Engine, said: dict[str, list[str]], town: Town) -> None:
    """Wait until all is worked off; fails with what is not, for each door."""
    deadline = asyncio.get_running_loop().time() + SOON
    while left := await asyncio.to_thread(_unfinished, engine, said) or town.telegram.updates:
        assert asyncio.get_running_loop().time() < deadline, left
        await asyncio.sleep(0.2)


def _unfinished(engine: Engine, said: dict[str, list[str]]) -> list[object]:
    """What has not come in, and what is still to be done and said."""
    received = _received(engine)
    missing = [(name, texts, received.get(name)) for name, texts in said.items() if received.get(name) != texts]
    columns = (conversation.c.channel, reply.c.state, reply.c.state_reason, reply.c.attempts, reply.c.due_at)
    unsaid = rows_of(engine, select(*columns).join(reply).where(text(f"reply.{OPEN_REPLIES}")))
    unread = rows_of(engine, select(message).where(text(OPEN_MESSAGES)))
    return [*missing, *unread, *unsaid]


def _received(engine: Engine) -> dict[str, list[str]]:
    """What is stored, by channel, in the order it came."""
    joined = select(conversation.c.channel, message.c.text).join(message).order_by(message.c.id)
    found: dict[str, list[str]] = {}
    for row in rows_of(engine, joined):
        found.setdefault(row.channel, []).append(row.text.splitlines()[-1])  # a topic has a title above
    return found


def _check_heard(engine: Engine, heard: dict[str, list[str]]) -> None:
    """Everybody has heard all that counts as sent, and beyond it nothing but what is called uncertain."""
    said = select(conversation.c.channel, reply.c.state).join(reply).where(reply.c.private.is_not(True))
    states = Counter((row.channel, row.state) for row in rows_of(engine, said))
    assert {state for _, state in states} <= {"sent", "uncertain"}, states
    for name, texts in heard.items():
        sent, doubtful = states[name, "sent"], states[name, "uncertain"]
        assert sent <= len(texts) <= sent + doubtful, (name, sent, doubtful, texts)
