"""The same quality through every door: the same question is answered alike, urgency alone orders the work, an agent's reply arrives."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.assembly import FrontLine, front_line
from bot.doorways import KINDS
from bot.serving import _add_person
from bot.settings import Settings
from bot.storage.tables import conversation, event
from tests.cast import Agent, Customer
from tests.e2e.conftest import ALWAYS_OPEN
from tests.homes import fresh_home
from tests.integration.channels.living import quiet, rows
from tests.synapse import Synapse, synapse
from tests.town import Town
from tests.visitors import AtWeb, Visitor

QUESTION = "Wie kündige ich meinen Vertrag?"
ANSWER = "kündig"
FIRE = "Hilfe, der Router brennt und es raucht im ganzen Zimmer!"
MATTERS = (
    FIRE,
    "Mein Handy wurde gerade gestohlen, bitte sofort die SIM sperren!",
    "Ich möchte mit einem Menschen sprechen",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synapse]:
    """A homeserver."""
    with synapse(tmp_path_factory.mktemp("synapse")) as running:
        yield running


@contextlib.asynccontextmanager
async def open_town(tmp_path: Path, server: Synapse) -> AsyncIterator[tuple[FrontLine, dict[str, Visitor]]]:
    """A front line that never closes, known to all vendors, and a visitor by the name of each channel."""
    async with Town(server) as town:
        own = {"home": fresh_home(tmp_path), "port": 0, "rasa": {"enabled": False}, "hours": {"week": ALWAYS_OPEN}}
        async with front_line(Settings.model_validate({**own, **town.sections})) as house:
            base = f"http://127.0.0.1:{house.port}"
            await town.called_at(base)
            async with Customer(base) as customer:
                yield house, {"web": AtWeb(customer), **town.visitors}


@pytest.mark.timeout(240)
async def test_the_same_question_gets_the_same_answer_at_every_door(tmp_path: Path, server: Synapse) -> None:
    async with open_town(tmp_path, server) as (house, doors):
        assert set(doors) == {kind.name for kind in KINDS}
        for visitor in doors.values():
            await visitor.says(QUESTION)
        for name, visitor in doors.items():
            heard = await visitor.until(ANSWER)
            assert "/answers/contract-cancel" in heard or not visitor.public, name
            assert ("Automatische Antwort" in heard) == visitor.public, name
        await quiet(house)
        for name, visitor in doors.items():
            texts = await visitor.hears()
            assert len(texts) == 1 or not visitor.public, name
            assert visitor.public or any("Computerprogramm" in text for text in texts), name
        assert sorted(name for (name,) in await rows(house, conversation.c.channel)) == sorted(doors)
        assert "unknown kind" not in str(await rows(house, event.c.reason))


@pytest.mark.timeout(240)
async def test_urgency_alone_orders_what_comes_in_by_every_door_and_each_agents_reply_arrives(
    tmp_path: Path, server: Synapse
) -> None:
    async with open_town(tmp_path, server) as (house, doors):
        said = {name: MATTERS[place % len(MATTERS)] for place, name in enumerate(doors)}
        for name, visitor in doors.items():
            await visitor.says(said[name])
        base, password = f"http://127.0.0.1:{house.port}", _add_person(house.store, "anna", "Anna", "agent")
        async with Agent(base, "anna", password) as anna:
            async with asyncio.timeout(60):
                while len(cases := await anna.queue()) < len(doors):
                    await asyncio.sleep(0.1)
            urgencies = [case["urgency"] for case in cases]
            assert urgencies == sorted(urgencies, key=["emergency", "high", "normal", "low"].index)
            by_matter = {case["channel"]: case["urgency"] for case in cases}
            for matter in MATTERS:
                assert len({by_matter[name] for name in doors if said[name] == matter}) == 1, matter
            await quiet(house)
            for case in cases:
                assert await anna.act(case["id"], "claim") == 200
                assert await anna.reply(case["id"], f"Hier ist Anna, zu Fall {case['id']}.") == 202, case["channel"]
            for case in cases:
                await doors[case["channel"]].until(f"Hier ist Anna, zu Fall {case['id']}.")
