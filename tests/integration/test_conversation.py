"""What a customer experiences, from the web chat through the whole house and back; the local brain reads."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.assembly import FrontLine, front_line
from bot.serving import _add_person
from bot.settings import Hours, Rasa, Settings
from bot.storage.tables import conversation, message, outcome
from tests.cast import Agent, Customer
from tests.homes import fresh_home


def always_open() -> Hours:
    """Opening hours of a service that never closes."""
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    return Hours.model_validate({"week": {day: {"opens": "00:00", "closes": "23:59:59"} for day in days}})


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[FrontLine]:
    """A whole front line without Rasa, always open."""
    home = fresh_home(tmp_path)
    settings = Settings(home=home, port=0, rasa=Rasa(enabled=False), hours=always_open())
    async with front_line(settings) as running:
        yield running


@pytest.fixture
def base(house: FrontLine) -> str:
    """Where it listens."""
    return f"http://127.0.0.1:{house.port}"


@pytest.fixture
async def anna(house: FrontLine, base: str) -> AsyncIterator[Agent]:
    """An agent, signed in."""
    password = _add_person(house.store, "anna", "Anna", "agent")
    async with Agent(base, "anna", password) as agent:
        yield agent


async def test_first_contact_says_that_this_is_a_machine_and_only_once(base: str) -> None:
    async with Customer(base) as customer:
        first = await customer.say("hallo")
        assert "Computerprogramm" in first[0]["text"]
        assert "Mitarbeiter" in first[0]["text"]
        second = await customer.say("danke")
        assert not any("Computerprogramm" in item["text"] for item in second)


async def test_an_answer_has_its_source_and_asks_whether_it_helped(base: str) -> None:
    async with Customer(base) as customer:
        replies = await customer.press("choose_answer", "contract-cancel")
        answer = replies[-1]
        assert "online" in answer["text"]
        assert answer["source"]["kind"] == "faq"
        assert answer["source"]["url"].endswith("/answers/contract-cancel?language=de")
        assert [button["name"] for button in answer["buttons"]] == ["helped_yes", "helped_no"]
        thanks = await customer.press("helped_yes", "contract-cancel")
        assert len(thanks) == 1


async def test_a_community_answer_names_its_author_and_who_found_it_helpful(base: str) -> None:
    async with Customer(base) as customer:
        answer = (await customer.press("choose_answer", "community-bridge-mode"))[-1]
        assert answer["source"]["kind"] == "community"
        assert answer["source"]["author"]
        assert answer["source"]["votes"] > 0


async def test_what_helped_is_kept_with_the_question_it_answered(house: FrontLine, base: str) -> None:
    async with Customer(base) as customer:
        await customer.say("Wie kündige ich meinen Vertrag?")
        await customer.press("helped_yes", "contract-cancel")
    query = select(outcome.c.kind, outcome.c.answer_slug, message.c.text)
    joined = query.join(message, message.c.id == outcome.c.question_id)
    rows = await house.store.read(lambda connection: connection.execute(joined).all())
    assert [tuple(row) for row in rows] == [("helped", "contract-cancel", "Wie kündige ich meinen Vertrag?")]


async def test_twice_not_helped_calls_a_person(base: str, anna: Agent) -> None:
    async with Customer(base) as customer:
        await customer.press("choose_answer", "internet-slow")
        offer = await customer.press("helped_no", "internet-slow")
        assert "human" in [button["name"] for button in offer[-1]["buttons"]]
        await customer.press("helped_no", "internet-slow")
        await customer.look()
        assert customer.state["waiting"] is True
    [case] = await anna.queue()
    assert case["reason"] == "not_helped"


async def test_asking_for_a_person_tells_how_many_wait_before(base: str, anna: Agent) -> None:
    async with Customer(base) as first, Customer(base) as second:
        told = await first.press("human")
        assert "als Nächstes" in told[-1]["text"]
        told = await second.press("human")
        assert "eine Person" in told[-1]["text"]
    assert len(await anna.queue()) == 2


async def test_the_bot_is_silent_while_a_person_has_the_word_and_speaks_again_after(base: str, anna: Agent) -> None:
    async with Customer(base) as customer:
        await customer.press("human")
        [case] = await anna.queue()
        assert await anna.act(case["id"], "claim") == 200
        assert await customer.say("hallo") == []
        assert await anna.reply(case["id"], "Hier ist Anna, ich sehe nach.") == 202
        said = await customer.until("Hier ist Anna")
        assert (said["from"], said["name"]) == ("agent", "Anna")
        assert await anna.act(case["id"], "resolve") == 200
        await customer.until("abgeschlossen")
        again = await customer.say("hallo")
        assert [item["from"] for item in again] == ["bot"]


@pytest.mark.parametrize(
    ("written", "ended", "told"),
    [
        (True, "resolve", ["abgeschlossen"]),
        (False, "resolve", ["abgeschlossen"]),
        (True, "back", ["antworte wieder ich"]),
        (False, "back", []),
    ],
)
async def test_the_customer_hears_once_how_a_case_ended_unless_nobody_was_there(
    base: str, anna: Agent, *, written: bool, ended: str, told: list[str]
) -> None:
    async with Customer(base) as customer:
        await customer.press("human")
        [case] = await anna.queue()
        await anna.act(case["id"], "claim")
        if written:
            await anna.reply(case["id"], "Hier ist Anna.")
        before = len(await customer.look())
        assert await anna.act(case["id"], ended) == 200
        assert await anna.act(case["id"], ended) == 409
        heard = (await customer.look())[before:]
        assert [item["from"] for item in heard] == ["notice"] * len(told)
        assert all(word in item["text"] for word, item in zip(told, heard, strict=True))


async def test_a_second_case_is_not_heard_in_the_words_of_the_first(base: str, anna: Agent) -> None:
    async with Customer(base) as customer:
        for written in (True, False):
            await customer.press("human")
            [case] = await anna.queue()
            await anna.act(case["id"], "claim")
            if written:
                await anna.reply(case["id"], "Hier ist Anna.")
            await anna.act(case["id"], "back")
        endings = [item for item in await customer.look() if "antworte wieder ich" in item["text"]]
        assert len(endings) == 1


async def test_a_case_shows_the_transcript_with_readings(base: str, anna: Agent) -> None:
    async with Customer(base) as customer:
        await customer.say("ich möchte mit einem menschen sprechen")
        [case] = await anna.queue()
        shown = await anna.case(case["id"])
        mine = next(item for item in shown["items"] if item["from"] == "customer")
        assert mine["reading"]["decision"]["handoff"] == "asked"
        assert mine["brain"] == "local"


async def test_what_comes_while_a_person_is_awaited_joins_the_case_and_is_said_so_once(base: str) -> None:
    async with Customer(base) as customer:
        await customer.press("human")
        first = await customer.say("wqzxkj brblfx mnopq")
        second = await customer.say("zzgrmpf qqxkl blorp")
        assert len(first) == 1
        assert second == []


async def test_a_second_case_can_follow_the_first(base: str, anna: Agent) -> None:
    async with Customer(base) as customer:
        for _ in range(3):
            await customer.press("human")
            [case] = await anna.queue()
            assert await anna.act(case["id"], "claim") == 200
            assert await anna.act(case["id"], "back") == 200
        assert await anna.queue() == []


async def test_a_question_with_a_wish_for_a_language_is_answered_in_that_language(base: str) -> None:
    async with Customer(base) as customer:
        said = await customer.say("can we do this in English? my internet is slow")
        assert said[-1]["source"]["url"].endswith("/answers/internet-slow?language=en")
        said = await customer.say("auf deutsch bitte, wo finde ich meine rechnung?")
        assert said[-1]["source"]["url"].endswith("/answers/bill-view?language=de")


@pytest.mark.parametrize(
    ("text", "yes"),
    [
        ("bist du noch da?", "Ja, ich bin da"),
        ("are you still there?", "Yes, I am here"),
        ("hallo? noch da", "Ja, ich bin da"),
    ],
)
async def test_who_asks_whether_the_bot_is_still_there_hears_that_it_is(base: str, text: str, yes: str) -> None:
    async with Customer(base) as customer:
        said = (await customer.say(text))[-1]["text"]
        assert said.startswith(yes)
        assert "programm" not in said.lower()


async def test_who_waits_for_a_person_and_asks_is_told_that_the_matter_is_with_one(base: str) -> None:
    async with Customer(base) as customer:
        await customer.press("human")
        assert "liegt einer Person vor" in (await customer.say("bist du noch da?"))[-1]["text"]


async def test_a_question_behind_it_is_answered(base: str) -> None:
    async with Customer(base) as customer:
        said = await customer.say("hallo? bist du noch da? wie kündige ich meinen vertrag")
        assert said[-1]["source"]["url"].endswith("/answers/contract-cancel?language=de")


async def test_the_price_of_what_was_answered_is_offered_or_said_to_be_missing(base: str) -> None:
    async with Customer(base) as customer:
        await customer.say("wie aktiviere ich roaming?")
        offer = (await customer.say("und was kostet das?"))[-1]
        assert "kein Preis" in offer["text"]
        assert "roaming-switzerland-uk" in [button["value"] for button in offer["buttons"]]
        await customer.say("wann kommt der techniker?")
        none = (await customer.say("und was kostet das?"))[-1]
        assert "kein Preis" in none["text"]
        assert [button["name"] for button in none["buttons"]] == ["human"]


async def test_an_unknown_button_does_no_harm(base: str) -> None:
    async with Customer(base) as customer:
        replies = await customer.press("drop_tables", "'; --")
        assert replies


def code_in(replies: list[dict[str, Any]]) -> str:
    found = re.search(r"[A-Z2-9]{4}-[A-Z2-9]{4}", replies[-1]["text"])
    assert found is not None
    return found.group()


async def test_a_conversation_goes_on_elsewhere_by_a_code(base: str, house: FrontLine) -> None:
    async with Customer(base) as before, Customer(base) as after:
        await before.say("Wie kündige ich meinen Vertrag, Kundennummer 4711081599?")
        code = code_in(await before.say("/code"))
        replies = await after.say(f" {code.lower()} ")
        assert "Hier geht es weiter" in replies[-1]["text"]
        assert "Wie kündige ich meinen Vertrag" in replies[-1]["text"]
        assert "4711081599" not in replies[-1]["text"]
        await before.until("War das nicht Ihre Absicht")
        rows = await house.store.read(lambda c: c.execute(select(conversation.c.customer_id)).scalars().all())
        assert len(set(rows)) == 1


async def test_a_code_is_good_once_and_a_wrong_one_never(base: str) -> None:
    async with Customer(base) as before, Customer(base) as after, Customer(base) as thief:
        code = code_in(await before.say("/code"))
        await after.say(code)
        for tried in (code, "K7QM-4R2X"):
            replies = await thief.say(tried)
            assert "kenne ich nicht" in replies[-1]["text"]


async def test_an_open_case_is_carried_along_with_its_agent(base: str, anna: Agent, house: FrontLine) -> None:
    async with Customer(base) as before, Customer(base) as after:
        await before.say("Ich möchte mit einem Menschen sprechen")
        code = code_in(await before.say("/code"))
        await after.say(code)
        [case] = await anna.queue()
        assert await anna.act(case["id"], "claim") == 200
        assert await anna.reply(case["id"], "Hier bin ich.") == 202
        assert (await after.until("Hier bin ich."))["from"] == "agent"
