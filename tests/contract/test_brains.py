"""What every brain keeps: a turn's result can be carried out, stored and gone on with, or there is none. Rasa is met over real HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from actions.requests import parse_turn
from bot.brain.base import Brain
from bot.brain.local import LocalBrain
from bot.brain.pinning import ranked
from bot.brain.pool import RasaPool
from bot.brain.rasa import SLOTS, RasaMember, TokenRefused, UnusableTurn
from bot.brain.standin import BrainWithStandIn
from bot.conversation.acting import Acting
from bot.conversation.answering import Answering
from bot.conversation.plan import Plan
from bot.conversation.wording import Wording
from bot.domain.conversation import Conversation, ConversationKey, Facts, Owner
from bot.domain.message import EventKind, Message
from bot.domain.reading import Turn, TurnResult
from bot.errors import BrainUnavailable
from bot.knowledge.library import Library
from bot.settings import Settings
from nlu.folder import SnapshotFolder
from tests.fakes.rasa import FAULTS, TOKEN, FakeRasa, answering, half_open
from tests.rasa.content import SAYINGS, small_snapshot

FORMS: tuple[dict[str, Any] | None, ...] = (
    None,
    {"name": "contact_form", "slots": {"requested_slot": "contact"}},
    {"name": "fault_form", "slots": {"requested_slot": "fault_scope", "fault_since": "seit gestern 🙂"}},
)
PRESSED = (("human", ""), ("leave_contact", ""), ("choose_answer", "bill-date"), ("language", "en"), ("cancel", ""))
TIMEOUT = 0.4


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> LocalBrain:
    """The local brain with the small content of the Rasa tests."""
    folder = tmp_path_factory.mktemp("snapshots")
    SnapshotFolder(folder).publish(small_snapshot())
    brain = LocalBrain(SnapshotFolder(folder))
    brain.wake()
    return brain


@pytest.fixture
async def fakes(local: LocalBrain) -> AsyncIterator[list[FakeRasa]]:
    """Three processes that behave well."""
    async with FakeRasa(local) as one, FakeRasa(local) as two, FakeRasa(local) as three:
        yield [one, two, three]


@pytest.fixture
async def members(fakes: list[FakeRasa]) -> AsyncIterator[dict[str, RasaMember]]:
    """Who speaks to them, all up."""
    found = {str(place): RasaMember(TOKEN) for place in range(len(fakes))}
    for member, fake in zip(found.values(), fakes, strict=True):
        member.address = fake.url
    yield found
    for member in found.values():
        await member.close()


@pytest.fixture
def pool(members: dict[str, RasaMember]) -> RasaPool:
    """They as a brain. The time is long enough for a busy machine."""
    return RasaPool(members, timeout=20)


def turn(text: str | None = "hallo", conversation: str = "c", **more: Any) -> Turn:
    more = {"button": None, "context": {"language": "de", "failures": 0, "form": None}} | more
    return Turn(conversation, "1.0", text, **more)


def turns() -> list[Turn]:
    contexts = [{"language": "de", "failures": 0, "form": form} for form in FORMS]
    spoken = [turn(text, context=context) for text in (*SAYINGS, "a@b.de", "🙂 \u202e") for context in contexts]
    pressed = [turn(None, button=button, context=context) for button in PRESSED for context in contexts]
    return spoken + pressed


class NoAnswers(Library):
    """An empty shelf."""

    def __init__(self) -> None:
        self._shelf = {}


def check_result(result: TurnResult) -> None:
    """The rest of the house can do what it says, store it, and let Rasa go on with it."""
    wording, now = Wording("sie", {}), datetime.now(UTC)
    message = Message(1, 1, EventKind.MESSAGE, "x", None, (), 1, now)
    conversation = Conversation(1, ConversationKey("web", "site", "x"), Owner.BOT, 0, "de", Facts())
    plan = Plan(message, conversation, result, False, language="de", facts=Facts(form=result.form or {}))
    Acting(Answering(NoAnswers(), wording, Settings()), wording).carry_out(plan)
    assert plan.replies or plan.handoff
    json.dumps([result.reading and result.reading.data, plan.facts.as_dict(), plan.evidence], allow_nan=False)
    body = {"conversation": "c", "message_id": "2", "text": "x", "context": {"form": plan.facts.form or None}}
    parse_turn(json.dumps(body).encode())


@pytest.mark.parametrize("kind", ["local", "rasa", "rasa with a stand-in"])
async def test_every_turn_has_a_result_that_can_be_carried_out_stored_and_gone_on_with(
    kind: str, local: LocalBrain, pool: RasaPool
) -> None:
    brains: dict[str, Brain] = {"local": local, "rasa": pool, "rasa with a stand-in": BrainWithStandIn(pool, local)}
    for asked in turns():
        result = await brains[kind].turn(asked)
        check_result(result)
        assert result.brain == ("local" if kind == "local" else "rasa")
    for text in SAYINGS:
        read, expected = await brains[kind].read(text, {}), await local.read(text, {})
        assert json.dumps(read.data) == json.dumps(expected.data)


def misbehave(fakes: list[FakeRasa], fault: str) -> None:
    for fake in fakes:
        fake.fault = FAULTS[fault]


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_process_that_misbehaves_is_a_process_that_is_away(
    fault: str, fakes: list[FakeRasa], members: dict[str, RasaMember], local: LocalBrain
) -> None:
    misbehave(fakes, fault)
    pool = RasaPool(members, timeout=TIMEOUT)
    with pytest.raises(BrainUnavailable):
        await pool.turn(turn())
    with pytest.raises(BrainUnavailable):
        await pool.read("hallo", {})
    result = await BrainWithStandIn(pool, local).turn(turn("wie kündige ich meinen vertrag"))
    check_result(result)
    assert (result.brain, result.acts[0].name) == ("local", "answer")


@pytest.mark.parametrize("fault", FAULTS)
async def test_while_one_misbehaves_the_next_takes_its_turns_within_the_same_turn(
    fault: str, fakes: list[FakeRasa], members: dict[str, RasaMember]
) -> None:
    first, second, third = (fakes[int(name)] for name in ranked("c", members))
    first.fault = FAULTS[fault]
    result = await RasaPool(members, timeout=2).turn(turn())
    assert (result.brain, len(first.turns), len(second.turns), len(third.turns)) == ("rasa", 1, 1, 0)


READING = {
    "language": "de",
    "intent": "question",
    "intent_confidence": 0.5,
    "urgency": {"level": "normal", "reason": None, "evidence": []},
    "decision": {"kind": "handoff", "answer_ids": [], "handoff": "unsure"},
    "candidates": [],
    "snapshot": "s",
    "notes": [],
}
GOOD: dict[str, Any] = {"reading": READING, "acts": [{"act": "rephrase"}], "form": None}
RUBBISH: dict[str, bytes | dict[str, Any] | list[Any] | int | None] = {
    "null": None,
    "a list": [],
    "a number": 7,
    "nothing": {},
    "no acts": GOOD | {"acts": []},
    "acts that are an object": GOOD | {"acts": {}},
    "an act that is a word": GOOD | {"acts": ["answer"]},
    "an unknown act": GOOD | {"acts": [{"act": "drop_tables"}]},
    "a thousand acts": GOOD | {"acts": [{"act": "helped"}] * 1000},
    "an answer without an id": GOOD | {"acts": [{"act": "answer"}]},
    "an answer that is a number": GOOD | {"acts": [{"act": "answer", "answer_ids": [7]}]},
    "a question for an unknown slot": GOOD | {"acts": [{"act": "ask", "slot": "password"}]},
    "a language nobody speaks": GOOD | {"acts": [{"act": "language", "language": "xx"}]},
    "a reason that is an object": GOOD | {"acts": [{"act": "handoff", "reason": {}}]},
    "a contact that is a list": GOOD | {"acts": [{"act": "contact", "value": []}]},
    "a fault without its scope": GOOD | {"acts": [{"act": "fault", "since": "x"}]},
    "small talk of a million letters": GOOD | {"acts": [{"act": "small_talk", "intent": "x" * 900_000}]},
    "a reading that is a word": GOOD | {"reading": "yes"},
    "a reading without urgency": GOOD | {"reading": {**READING, "urgency": None}},
    "an unknown level": GOOD | {"reading": {**READING, "urgency": {**READING["urgency"], "level": "extreme"}}},
    "a candidate that is a number": GOOD | {"reading": {**READING, "candidates": [1]}},
    "a confidence of two": GOOD
    | {"reading": {**READING, "candidates": [{"answer_id": "a", "confidence": 2, "phrasing": ""}]}},
    "an unknown form": GOOD | {"form": {"name": "login_form", "slots": {}}},
    "a form with unknown slots": GOOD | {"form": {"name": None, "slots": {"password": "x"}}},
    "a form whose options are no list": GOOD | {"form": {"name": None, "slots": {"options": "ab"}}},
    "a form that is a list": GOOD | {"form": []},
    "half a character": json.dumps(GOOD | {"acts": [{"act": "contact", "value": "\ud800"}]}).encode(),
    "a NUL": json.dumps(GOOD | {"acts": [{"act": "contact", "value": "\x00"}]}).encode(),
    "no number": json.dumps(GOOD | {"reading": {**READING, "intent_confidence": float("nan")}}).encode(),
    "nested too deep": b'{"acts":' + b"[" * 100_000,
    "no UTF-8": b'{"acts": "\xff"}',
    "UTF-16": json.dumps(GOOD).encode("utf-16"),
    "two answers": json.dumps(GOOD).encode() * 2,
}


@pytest.mark.parametrize("said", RUBBISH)
async def test_rubbish_counts_as_no_answer(said: str, fakes: list[FakeRasa], pool: RasaPool) -> None:
    body = RUBBISH[said]
    for fake in fakes:
        fake.fault = answering(body if isinstance(body, bytes) else json.dumps(body).encode())
    with pytest.raises(BrainUnavailable):
        await pool.turn(turn())


async def test_what_is_not_known_is_left_out(fakes: list[FakeRasa], pool: RasaPool) -> None:
    more = {"reading": READING | {"later": 1e300}, "acts": [{"act": "rephrase", "later": []}], "later": {}}
    for fake in fakes:
        fake.fault = answering(json.dumps(GOOD | more).encode())
    result = await pool.turn(turn())
    assert (result.reading and result.reading.data, result.acts[0].data) == (READING, {})


async def test_a_redirect_is_not_followed(fakes: list[FakeRasa], pool: RasaPool) -> None:
    misbehave(fakes, "redirecting")
    with pytest.raises(BrainUnavailable):
        await pool.turn(turn())
    assert sum(fake.requests for fake in fakes) == 2


async def test_a_turn_that_cannot_be_taken_is_not_passed_around_and_blames_nobody(
    fakes: list[FakeRasa], pool: RasaPool
) -> None:
    for _ in range(5):
        with pytest.raises(UnusableTurn, match="4096"):
            await pool.turn(turn("x" * 5000))
    assert sum(fake.requests for fake in fakes) == 5
    assert pool.up == 3


async def test_a_message_that_kills_whoever_takes_it_kills_no_more_than_two(
    fakes: list[FakeRasa], pool: RasaPool
) -> None:
    misbehave(fakes, "reset")
    with pytest.raises(BrainUnavailable):
        await pool.turn(turn())
    assert sorted(len(fake.turns) for fake in fakes) == [0, 1, 1]


async def test_conversations_move_when_their_process_goes_and_back_when_it_comes_and_no_others(
    fakes: list[FakeRasa], pool: RasaPool
) -> None:
    conversations = [f"conversation-{number}" for number in range(40)]

    async def places() -> list[int]:
        for fake in fakes:
            fake.turns.clear()
        for conversation in conversations:
            await pool.turn(turn(conversation=conversation))
        where = {taken.conversation: place for place, fake in enumerate(fakes) for taken in fake.turns}
        return [where[conversation] for conversation in conversations]

    before = await places()
    assert set(before) == {0, 1, 2}
    address, pool.members["1"].address = pool.members["1"].address, None
    during = await places()
    assert [place for place in before if place != 1] == [
        place for place, was in zip(during, before, strict=True) if was != 1
    ]
    assert 1 not in during
    pool.members["1"].address = address
    assert await places() == before


async def test_a_silent_process_holds_few_and_lets_the_others_go(fakes: list[FakeRasa], local: LocalBrain) -> None:
    fake = fakes[0]
    fake.fault = half_open
    member = RasaMember(TOKEN)
    member.address = fake.url
    brain = BrainWithStandIn(RasaPool({"1": member}, timeout=TIMEOUT), local)
    many = (turn("wie kündige ich meinen vertrag", f"c{number}") for number in range(200))
    results = await asyncio.gather(*(brain.turn(one) for one in many))
    assert {(result.brain, result.acts[0].name) for result in results} == {("local", "answer")}
    assert fake.most_at_once <= 2 * SLOTS  # it notices a little later that somebody has gone
    asked = fake.requests
    assert (await brain.turn(turn())).brain == "local"
    assert fake.requests == asked, "a process that has just failed is left in peace"
    await member.close()


async def test_a_probe_says_what_is_wrong(fakes: list[FakeRasa], local: LocalBrain) -> None:
    member, stranger = RasaMember(TOKEN), RasaMember("another")
    await member.probe(fakes[0].url, 20)
    with pytest.raises(TokenRefused):
        await stranger.probe(fakes[0].url, 20)
    fakes[0].fault = half_open
    with pytest.raises(BrainUnavailable, match="within"):
        await member.probe(fakes[0].url, 0.1)
    await fakes[1].stop()
    with pytest.raises(BrainUnavailable, match="Connect"):
        await member.probe(fakes[1].url, 20)
    await member.close()
    await stranger.close()
