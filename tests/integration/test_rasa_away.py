"""What customers and agents experience while Rasa is dead, slow or talks rubbish: over HTTP, from the web chat to the desk."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from pydantic import SecretStr

from bot.assembly import FrontLine, front_line
from bot.brain.local import LocalBrain
from bot.serving import _add_person
from bot.settings import Rasa, Settings
from bot.snapshots import snapshots
from tests.cast import Agent, Customer
from tests.fakes.rasa import FAULTS, TOKEN, FakeRasa, half_open
from tests.homes import fresh_home
from tests.integration.test_conversation import always_open

pytestmark = pytest.mark.asyncio(loop_scope="module")
SURE, UNSURE = "Wie kündige ich meinen Vertrag?", "wqzxkj brblfx mnopq"
SINCE = "gestern abend"
LONGER = "dauert gerade etwas länger"
ADDED = "dazugelegt"
WORDS_THAT_PRETEND = ("nicht verstanden", "mit anderen Worten", "fehlt mir noch etwas", "sieht nicht nach")


class House:
    """A running front line with two Rasa processes that others run, here fakes that can be spoilt."""

    def __init__(self, running: FrontLine, rasas: list[FakeRasa], brain: LocalBrain) -> None:
        self.running = running
        self.brain = brain
        self.rasas = rasas
        self.base = f"http://127.0.0.1:{running.port}"

    async def vague(self) -> str:
        """Words that may mean several answers, whatever the figures of the matcher are."""
        for text in ("rechnung", "vertrag", "handy", "internet", "router", "kosten", "karte", "umzug", "tarif"):
            decision = (await self.brain.read(text, {})).data["decision"]
            if decision["kind"] == "clarify" and decision["answer_ids"]:
                return text
        raise AssertionError("nothing here is vague: add a word")

    def spoil(self, fault: str | None) -> None:
        for rasa in self.rasas:
            rasa.fault = FAULTS[fault] if fault else None

    def recover(self) -> None:
        self.spoil(None)
        for member in self.running.rasa.members.values():
            member.breaker.succeeded()

    async def until_up(self, count: int) -> None:
        async with asyncio.timeout(30):
            while self.running.rasa.up != count:
                await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def opened(home: Path) -> AsyncIterator[House]:
    settings = Settings(home=fresh_home(home), port=0, hours=always_open())
    brain = LocalBrain(snapshots(settings))
    async with FakeRasa(brain) as one, FakeRasa(brain) as two:
        rasa = Rasa(urls=(one.url, two.url), token=SecretStr(TOKEN), timeout=0.5)
        async with front_line(settings.model_copy(update={"rasa": rasa})) as running:
            house = House(running, [one, two], brain)
            await house.until_up(2)
            yield house


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with opened(tmp_path_factory.mktemp("home")) as found:
        yield found


@pytest_asyncio.fixture(loop_scope="module")
async def house(shared: House) -> House:
    """One house for all, in order again: Rasa behaves, and nothing of it is being avoided."""
    shared.recover()
    await shared.until_up(2)
    return shared


@pytest_asyncio.fixture(loop_scope="module")
async def customer(house: House) -> AsyncIterator[Customer]:
    async with Customer(house.base) as found:
        await found.say("danke")
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def signed_in(shared: House) -> AsyncIterator[Agent]:
    async with Agent(shared.base, "anna", _add_person(shared.running.store, "anna", "Anna", "agent")) as agent:
        yield agent


@pytest_asyncio.fixture(loop_scope="module")
async def anna(signed_in: Agent) -> Agent:
    """An agent who has done all that was to be done."""
    for case in await signed_in.queue():
        await signed_in.act(case["id"], "claim")
        await signed_in.act(case["id"], "resolve")
    return signed_in


async def only_case(agent: Agent) -> dict[str, Any]:
    [case] = await agent.queue()
    return await agent.case(case["id"])


def texts(said: list[dict[str, Any]]) -> list[str]:
    return [item["text"] for item in said]


async def brain_of_the_last(agent: Agent) -> str:
    shown = await only_case(agent)
    return str([item["brain"] for item in shown["items"] if item["from"] == "customer"][-1])


@pytest.mark.parametrize("fault", FAULTS)
async def test_whatever_rasa_does_customers_get_what_is_sure_and_a_person_for_the_rest(
    house: House, customer: Customer, anna: Agent, fault: str
) -> None:
    house.spoil(fault)
    answer = await customer.say(SURE)
    assert answer[-1]["source"]["url"].endswith("/answers/contract-cancel?language=de")
    [word] = texts(await customer.say(UNSURE))
    assert LONGER in word
    assert await brain_of_the_last(anna) == "local"


async def test_the_word_is_said_once_in_a_row(house: House, customer: Customer, anna: Agent) -> None:
    house.spoil("reset")
    said = [texts(await customer.say(f"{UNSURE} {number}")) for number in range(4)]
    assert LONGER in said[0][0]
    assert ADDED in said[1][0]
    assert said[2:] == [[], []]
    assert len(await anna.queue()) == 1


async def test_what_may_be_meant_is_offered_beside_the_person(house: House, customer: Customer, anna: Agent) -> None:
    house.spoil("half_open")
    offer, word = await customer.say(await house.vague())
    assert "choose_answer" in [button["name"] for button in offer["buttons"]]
    assert LONGER in word["text"]
    chosen = await customer.press("choose_answer", offer["buttons"][0]["value"])
    assert chosen[-1]["source"]
    assert (await only_case(anna))["case"]["reason"] == "brain_down"


async def test_an_address_is_taken_while_rasa_is_dead(house: House, customer: Customer, anna: Agent) -> None:
    await customer.press("leave_contact")
    house.spoil("reset")
    assert "wir melden uns dort" in " ".join(texts(await customer.say("am besten anna.muster@example.org")))
    assert (await only_case(anna))["conversation"]["contact"] == "anna.muster@example.org"


async def test_an_address_that_only_a_person_can_read_reaches_one(
    house: House, customer: Customer, anna: Agent
) -> None:
    await customer.press("leave_contact")
    house.spoil("no_json")
    [word] = texts(await customer.say("die nummer kennt der hausmeister"))
    assert LONGER in word
    assert not any(pretended in word for pretended in WORDS_THAT_PRETEND)
    assert "hausmeister" in (await only_case(anna))["conversation"]["contact"]


async def test_a_half_filled_report_reaches_a_person_with_all_that_was_told(
    house: House, customer: Customer, anna: Agent
) -> None:
    form = {"name": "fault_form", "slots": {"requested_slot": "fault_scope", "fault_since": SINCE}}
    for rasa in house.rasas:
        rasa.form = form
    await customer.say("hallo")
    house.spoil("half_open")
    [word] = texts(await customer.say("nur das festnetz im keller"))
    assert LONGER in word
    told = (await only_case(anna))["case"]["evidence"]["fault"]
    assert told == {"since": SINCE, "scope": "nur das festnetz im keller"}
    for rasa in house.rasas:
        rasa.form = None
    house.recover()
    await customer.say("hallo")
    last = max((taken for rasa in house.rasas for taken in rasa.turns), key=lambda taken: float(taken.message_id))
    assert not last.context["form"], "the case took it"


async def test_a_form_goes_on_after_a_question_that_was_answered_while_rasa_was_away(
    house: House, customer: Customer, anna: Agent
) -> None:
    await customer.press("leave_contact")
    house.spoil("failing")
    answer, asked = await customer.say(SURE)
    assert answer["source"]
    assert "erreichen wir" in asked["text"]
    house.recover()
    taken_before = sum(len(rasa.turns) for rasa in house.rasas)
    assert "wir melden uns dort" in " ".join(texts(await customer.say("0171 1234567")))
    assert sum(len(rasa.turns) for rasa in house.rasas) > taken_before
    assert (await only_case(anna))["conversation"]["contact"] == "0171 1234567"


@pytest.mark.parametrize(("button", "words"), [("cancel", "das lassen wir"), ("human", "übernimmt eine Person")])
async def test_a_form_can_be_left_while_rasa_is_away_and_stays_left(
    house: House, customer: Customer, button: str, words: str
) -> None:
    await customer.press("leave_contact")
    house.spoil("overloaded")
    assert words in " ".join(texts(await customer.press(button)))
    house.recover()
    assert "wir melden uns dort" not in " ".join(texts(await customer.say("0171 1234567")))


async def test_one_process_that_dies_is_noticed_by_nobody(house: House, anna: Agent) -> None:
    house.rasas[0].fault = FAULTS["reset"]
    for number in range(6):
        async with Customer(house.base) as customer:
            await customer.press("human")
            await customer.say(f"hallo {number}")
    shown = [await anna.case(case["id"]) for case in await anna.queue()]
    assert {item["brain"] for case in shown for item in case["items"] if item["from"] == "customer"} == {"rasa"}


async def test_health_tells_how_many_are_up(house: House) -> None:
    async def health() -> Any:
        async with aiohttp.ClientSession() as session, session.get(f"{house.base}/healthz") as response:
            return await response.json()

    assert await health() == {"status": "up", "rasa": True, "rasa_processes": {"up": 2, "all": 2}}
    house.spoil("reset")
    async with Customer(house.base) as customer:
        for _ in range(3):
            await customer.say("hallo")
    assert await health() == {"status": "up", "rasa": False, "rasa_processes": {"up": 0, "all": 2}}


async def test_a_silent_rasa_holds_up_neither_many_nor_for_long(house: House) -> None:
    for rasa in house.rasas:
        rasa.fault, rasa.most_at_once = half_open, 0
    async with contextlib.AsyncExitStack() as stack:
        customers = [await stack.enter_async_context(Customer(house.base)) for _ in range(40)]
        said = await asyncio.gather(*(customer.say(SURE) for customer in customers))
    assert all(replies[-1]["source"] for replies in said)
    # Eight turns and a look; and some whose customer has been answered by now, which a silent process has not noticed yet.
    assert max(rasa.most_at_once for rasa in house.rasas) < 20
