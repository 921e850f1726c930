"""What a customer on WhatsApp experiences, through the whole house and back: by whichever of their ids Meta tells us of them."""

from __future__ import annotations

import asyncio
import logging
import random
from datetime import timedelta

import pytest

from bot.assembly import FrontLine
from bot.storage.tables import channel_account, conversation, message, reply
from tests.fakes.graph import APP_SECRET, VERIFY_TOKEN, FakeGraph, Lost
from tests.fakes.graph_rules import Refusal
from tests.fakes.graph_whatsapp import Customer, Number
from tests.integration.channels.living import PATIENCE, owners, quiet, reasons, rows
from tests.integration.channels.whatsapp.conftest import TOKEN

QUESTION = "Wie kündige ich meinen Vertrag?"
BOTH = ("phone", "user_id")


async def chats(house: FrontLine) -> list[str]:
    """By which ids the conversations are kept."""
    return [chat for (chat,) in await rows(house, conversation.c.chat)]


async def arrive(house: FrontLine, graph: FakeGraph) -> None:
    """Everything that waits at Meta comes in, is worked on, and so is what comes of it."""
    await graph.push()
    await quiet(house)
    await graph.push()


async def test_a_question_is_answered_and_a_press_counts(
    house: FrontLine, graph: FakeGraph, number: Number, zoe: Customer
) -> None:
    number.says(zoe, QUESTION)
    await arrive(house, graph)
    assert "Computerprogramm" in number.texts(zoe)[0]
    assert any("kündig" in text.lower() for text in number.texts(zoe))
    number.presses(zoe, number.faces(zoe)[0])
    await arrive(house, graph)
    assert [kind for (kind,) in await rows(house, message.c.kind)] == ["message", "button"]
    assert await owners(house, "whatsapp") == {"bot"}
    assert {state for (state,) in await rows(house, reply.c.state)} == {"sent"}


@pytest.mark.parametrize(
    "told",
    [
        (("phone",), BOTH, ("user_id",), ("phone",)),
        (BOTH, ("phone",), ("user_id",), BOTH),
        (("phone",), ("phone",), BOTH, ("user_id",)),
    ],
)
async def test_whichever_ids_are_told_it_stays_one_conversation(
    house: FrontLine, graph: FakeGraph, number: Number, zoe: Customer, told: tuple[tuple[str, ...], ...]
) -> None:
    for ids in told:
        zoe.tells = ids
        number.says(zoe, QUESTION)
        before = len(number.texts(zoe))
        await arrive(house, graph)
        assert len(number.texts(zoe)) > before
    assert await chats(house) == [zoe.user_id]
    assert sum("Computerprogramm" in text for text in number.texts(zoe)) == 1  # introduced once


async def test_whoever_gets_a_number_that_was_another_customers_is_somebody_else(
    house: FrontLine, graph: FakeGraph, number: Number, zoe: Customer
) -> None:
    number.says(zoe, QUESTION)
    await arrive(house, graph)
    zoe.phone, zoe.tells = "4915550000000", ("user_id",)
    heir = number.customer("491701234567", "DE.9999999999999999", name="Jan Jensen")
    number.says(heir, "Hallo")
    await arrive(house, graph)
    number.says(zoe, QUESTION)
    heir.tells = ("phone",)
    number.says(heir, QUESTION)
    await arrive(house, graph)
    assert sorted(await chats(house)) == sorted([zoe.user_id, heir.user_id])
    told = await rows(house, message.c.conversation_id)
    assert sorted(told.count(row) for row in set(told)) == [2, 2]


async def test_a_conversation_goes_on_under_a_new_number_and_a_new_user_id(
    house: FrontLine, graph: FakeGraph, number: Number, zoe: Customer
) -> None:
    number.says(zoe, QUESTION)
    await arrive(house, graph)
    before, zoe.phone, zoe.user_id = zoe.user_id, "4915550000000", "DE.7777777777777777"
    change = {"wa_id": zoe.phone, "detail": "…", "user_id": {"previous": before, "current": zoe.user_id}}
    number.tell("user_id_update", zoe, user_id_update=[change])
    number.says(zoe, QUESTION)
    await arrive(house, graph)
    assert await chats(house) == [zoe.user_id]
    assert "the customer's ids: user_id_update" in await reasons(house)


async def test_delivered_again_and_in_any_order_all_is_answered_once(
    house: FrontLine, graph: FakeGraph, number: Number
) -> None:
    people = [number.customer(f"49170123456{n}", f"DE.134912086553027{n}") for n in range(8)]
    for person in people:
        number.says(person, QUESTION)
    assert set(await graph.push(times=3, shuffled=random.Random(7))) == {200}
    await quiet(house)
    assert len(await rows(house, message.c.id)) == len(people)
    assert all(number.texts(person) == number.texts(people[0]) != [] for person in people)


async def test_receipts_are_written_down(house: FrontLine, graph: FakeGraph, number: Number, zoe: Customer) -> None:
    number.says(zoe, "hallo")
    await arrive(house, graph)
    last = zoe.messages[-1]["id"]
    zoe.tells = ("phone",)  # as Meta tells of most receipts
    number.becomes(zoe, "delivered", contacts=False)
    number.becomes(zoe, "read", contacts=False)
    await graph.push()
    known = {
        mid: (at, read) for mid, at, read in await rows(house, reply.c.vendor_id, reply.c.delivered_at, reply.c.read_at)
    }
    assert None not in known[last]


@pytest.mark.parametrize(("code", "reason"), [(131026, "cannot be reached"), (131049, "spare the customer")])
async def test_what_does_not_arrive_is_told_to_the_desk(
    house: FrontLine, graph: FakeGraph, number: Number, zoe: Customer, code: int, reason: str
) -> None:
    zoe.failure = code
    number.says(zoe, "hallo")
    await arrive(house, graph)
    told = await rows(house, reply.c.state, reply.c.state_reason)
    assert {state for state, _ in told} == {"failed"}
    assert all(reason in why and "hallo" not in why.lower() for _, why in told)


async def test_a_person_in_the_business_app_silences_the_bot(
    house: FrontLine, graph: FakeGraph, number: Number, zoe: Customer
) -> None:
    number.says(zoe, "hallo")
    await arrive(house, graph)
    greeted = len(number.texts(zoe))
    number.answers_itself(zoe, "Hier schreibt Ana, ich übernehme.")
    await graph.push()
    assert await owners(house, "whatsapp") == {"agent"}
    number.says(zoe, QUESTION)
    await arrive(house, graph)
    assert len(number.texts(zoe)) == greeted
    assert "Hier schreibt Ana, ich übernehme." in [text for (text,) in await rows(house, reply.c.text)]


async def test_what_is_under_way_when_whatsapp_fails_is_not_sent_twice(
    house: FrontLine, graph: FakeGraph, number: Number, zoe: Customer
) -> None:
    number.says(zoe, "hallo")
    graph.fail_next("messages", Lost(reset=True))
    await arrive(house, graph)
    states = [state for (state,) in await rows(house, reply.c.state)]
    assert states.count("uncertain") == 1
    assert len(number.texts(zoe)) == len(states)


async def test_what_whatsapp_tells_of_a_message_settles_a_doubt(
    house: FrontLine, graph: FakeGraph, number: Number, zoe: Customer
) -> None:
    number.says(zoe, "hallo")
    graph.fail_next("messages", Lost(reset=True))
    await arrive(house, graph)
    assert "uncertain" in {state for (state,) in await rows(house, reply.c.state)}
    number.becomes(zoe, "delivered", zoe.messages[0]["id"])
    await graph.push()
    told = await rows(house, reply.c.state, reply.c.vendor_id, reply.c.delivered_at)
    assert {state for state, _, _ in told} == {"sent"}
    assert [at is not None for _, vendor, at in told if vendor == zoe.messages[0]["id"]] == [True]


async def test_while_a_token_is_refused_replies_wait_and_nothing_secret_is_told(
    house: FrontLine, graph: FakeGraph, number: Number, zoe: Customer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    number.says(zoe, QUESTION)
    graph.nodes[number.id].token = "another"
    await graph.push()
    async with asyncio.timeout(PATIENCE):
        while not (told := [row for row in await rows(house, channel_account.c.failure) if row[0]]):
            await asyncio.sleep(0.02)
    assert "refuses the access token" in told[0][0]
    everything = caplog.text + str(told)
    assert all(secret not in everything for secret in (TOKEN, APP_SECRET, VERIFY_TOKEN, QUESTION))
    graph.nodes[number.id].token = TOKEN
    await arrive(house, graph)
    assert any("kündig" in text.lower() for text in number.texts(zoe))


async def test_when_whatsapp_is_busy_the_reply_waits_and_arrives(
    house: FrontLine, graph: FakeGraph, number: Number, zoe: Customer
) -> None:
    number.says(zoe, "hallo")
    busy = Refusal(429, 130429, "Rate limit hit", headers={"Retry-After": "1"})
    graph.fail_next("messages", busy)
    await arrive(house, graph)
    assert number.texts(zoe)
    assert {state for (state,) in await rows(house, reply.c.state)} == {"sent"}


async def test_what_comes_too_late_is_told_by_whatsapp(
    house: FrontLine, graph: FakeGraph, number: Number, zoe: Customer
) -> None:
    number.says(zoe, "hallo")
    graph.let_pass(timedelta(hours=25))  # it came late, or our clock differs from Meta's
    await arrive(house, graph)
    assert number.texts(zoe) == []
    told = await rows(house, reply.c.state, reply.c.state_reason)
    assert {state for state, _ in told} == {"failed"}
    assert all("wrote too long ago" in why for _, why in told)


async def test_what_others_say_in_groups_and_what_concerns_the_account_is_not_kept(
    house: FrontLine, graph: FakeGraph, number: Number, zoe: Customer
) -> None:
    number.happens(zoe, "text", {"body": "unter uns"})
    graph.updates[-1][2]["changes"][0]["value"]["messages"][0]["group_id"] = "Y2FwaV9ncm91cDox"
    number.tell("smb_app_state_sync", None, state_sync=[{"contact": {"full_name": "Pablo"}}])
    await graph.push()
    assert await reasons(house) == ["a group", "about the account: smb_app_state_sync"]
    assert await rows(house, message.c.id) == []
