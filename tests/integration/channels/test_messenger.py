"""What a customer in Messenger experiences, through the whole house and back."""

from __future__ import annotations

import logging
import random

import pytest

from bot.assembly import FrontLine
from bot.storage.tables import message, reply
from tests.fakes.graph import APP_SECRET, VERIFY_TOKEN, FakeGraph, Lost
from tests.fakes.graph_pages import Page
from tests.fakes.graph_rules import Refusal
from tests.integration.channels.living import owners, quiet, reasons, rows

ZOE = "6254857711234567"
ANOTHER_APP = "1517776481860111"
PAGE_INBOX = "263902037430900"


async def test_a_question_is_answered_and_a_press_counts(house: FrontLine, graph: FakeGraph, page: Page) -> None:
    page.messenger.says(ZOE, "Wie kündige ich meinen Vertrag?")
    assert await graph.push() == [200]
    await quiet(house)
    assert "Computerprogramm" in page.messenger.texts(ZOE)[0]
    assert any("kündig" in text.lower() for text in page.messenger.texts(ZOE))
    page.messenger.presses(ZOE, page.messenger.faces(ZOE)[0])
    await graph.push()
    await quiet(house)
    assert [kind for (kind,) in await rows(house, message.c.kind)] == ["message", "button"]
    assert await owners(house, "messenger") == {"bot"}  # our own echoes took nothing over


async def test_delivered_again_and_in_any_order_all_is_answered_once(
    house: FrontLine, graph: FakeGraph, page: Page
) -> None:
    people = [f"62548577112345{number}" for number in range(60, 68)]
    for person in people:
        page.messenger.says(person, "Wie kündige ich meinen Vertrag? 😀")
    assert set(await graph.push(times=3, shuffled=random.Random(7))) == {200}
    await quiet(house)
    assert len(await rows(house, message.c.id)) == len(people)
    first = page.messenger.texts(people[0])
    assert first
    assert all(page.messenger.texts(person) == first for person in people)


async def test_a_person_in_the_pages_inbox_silences_the_bot_until_the_word_is_given_back(
    house: FrontLine, graph: FakeGraph, page: Page
) -> None:
    page.messenger.says(ZOE, "hallo")
    await graph.push()
    await quiet(house)
    greeted = len(page.messenger.texts(ZOE))
    page.messenger.answers_itself(ZOE, "Hier schreibt Ana, ich übernehme.", PAGE_INBOX)
    await graph.push()
    assert await owners(house, "messenger") == {"agent"}
    page.messenger.says(ZOE, "Wie kündige ich meinen Vertrag?")
    await graph.push()
    await quiet(house)
    assert len(page.messenger.texts(ZOE)) == greeted
    assert "Hier schreibt Ana, ich übernehme." in [text for (text,) in await rows(house, reply.c.text)]

    control = {"previous_owner_app_id": PAGE_INBOX, "new_owner_app_id": "9001"}
    page.messenger.happens(ZOE, pass_thread_control=control)
    await graph.push()
    assert await owners(house, "messenger") == {"bot"}
    page.messenger.says(ZOE, "Wie kündige ich meinen Vertrag?")
    await graph.push()
    await quiet(house)
    assert len(page.messenger.texts(ZOE)) > greeted


async def test_another_app_that_answers_silences_the_bot_as_well(
    house: FrontLine, graph: FakeGraph, page: Page
) -> None:
    page.messenger.says(ZOE, "hallo")
    page.messenger.answers_itself(ZOE, "Deine Bestellung ist unterwegs.", ANOTHER_APP)
    await graph.push()
    await quiet(house)
    assert await owners(house, "messenger") == {"agent"}


async def test_receipts_are_written_down(house: FrontLine, graph: FakeGraph, page: Page) -> None:
    page.messenger.says(ZOE, "hallo")
    await graph.push()
    await quiet(house)
    last = page.messenger.thread(ZOE).messages[-1]["mid"]
    page.messenger.happens(ZOE, delivery={"mids": [last], "watermark": 1})
    page.messenger.happens(ZOE, read={"watermark": 4_000_000_000_000})
    await graph.push()
    known = {
        mid: (delivered, read)
        for mid, delivered, read in await rows(house, reply.c.vendor_id, reply.c.delivered_at, reply.c.read_at)
    }
    assert known[last][0] is not None
    assert all(read is not None for _, read in known.values())


async def test_what_is_under_way_when_meta_fails_is_not_sent_twice(
    house: FrontLine, graph: FakeGraph, page: Page
) -> None:
    graph.fail_next("messages", Lost(reset=True))
    page.messenger.says(ZOE, "hallo")
    await graph.push()
    await quiet(house)
    states = [state for (state,) in await rows(house, reply.c.state)]
    assert states.count("uncertain") == 1
    assert len(page.messenger.texts(ZOE)) == len(states)


async def test_a_customer_who_left_is_told_to_the_desk(house: FrontLine, graph: FakeGraph, page: Page) -> None:
    page.messenger.says(ZOE, "hallo")
    page.messenger.thread(ZOE).refusal = Refusal(400, 551, "This person isn't available right now.")
    await graph.push()
    await quiet(house)
    told = await rows(house, reply.c.state, reply.c.state_reason)
    assert {state for state, _ in told} == {"failed"}
    assert all("cannot be reached" in reason and "hallo" not in reason for _, reason in told)


async def test_no_log_holds_a_secret_or_a_customers_words(
    house: FrontLine,
    graph: FakeGraph,
    page: Page,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    echoed = Refusal(400, 100, f"no {page.token}: KanarienvogelKunde")
    graph.fail_next("messages", echoed, Refusal(500, 1, page.token), Lost(reset=True))
    for words in ("KanarienvogelKunde eins", "KanarienvogelKunde zwei", "KanarienvogelKunde drei"):
        page.messenger.says(ZOE, words)
        page.messenger.happens(ZOE, kanarienvogel={"text": "KanarienvogelKunde"})
        await graph.push()
        await quiet(house)
    shown = capsys.readouterr()
    told = [caplog.text, shown.out, shown.err, *(str(row) for row in await rows(house, reply.c.state_reason))]
    for secret in (page.token, APP_SECRET, VERIFY_TOKEN, "KanarienvogelKunde", "appsecret_proof"):
        assert not any(secret in text for text in told), secret


async def test_what_another_app_is_told_is_not_kept(house: FrontLine, graph: FakeGraph, page: Page) -> None:
    page.messenger.happens(ZOE, "standby", message={"mid": "m_1", "text": "nicht für uns"})
    await graph.push()
    assert await reasons(house) == ["another app has the conversation"]
    assert await rows(house, message.c.id) == []


async def test_a_number_is_enough_where_the_choices_do_not_fit_on_buttons(
    house: FrontLine, graph: FakeGraph, page: Page
) -> None:
    page.messenger.says(ZOE, "Vertrag")
    await graph.push()
    await quiet(house)
    assert "1. Mit einer Person sprechen" in page.messenger.texts(ZOE)[-1]
    page.messenger.says(ZOE, "1")
    await graph.push()
    await quiet(house)
    assert "das übernimmt eine Person" in page.messenger.texts(ZOE)[-1]
