"""X and the whole front line: called at its door, answering in public and in direct messages."""

from __future__ import annotations

from bot.assembly import FrontLine
from bot.channels.x.weighing import weight
from bot.storage.tables import conversation, event, message, reply
from tests.fakes.x import CUSTOMER, ME, FakeX
from tests.integration.channels.living import rows
from tests.integration.channels.x.bench import MENTIONED, direct_message, door, mention


async def test_a_customer_who_names_the_account_is_answered_under_their_post(house: FrontLine, x: FakeX) -> None:
    assert await x.call(door(house), mention()) == 200
    await x.until(1, x.posts)
    assert x.posts[0]["answers"] == MENTIONED
    assert all(weight(post["text"]) <= 280 for post in x.posts)
    assert await rows(house, message.c.text) == [("Wie kündige ich meinen Vertrag?",)]
    place = conversation.c.channel, conversation.c.account, conversation.c.chat
    assert await rows(house, *place) == [("x", ME, CUSTOMER)]


async def test_a_direct_message_is_answered_in_a_direct_message(house: FrontLine, x: FakeX) -> None:
    assert await x.call(door(house), direct_message("Wie kündige ich meinen Vertrag?", "1002000000000000201")) == 200
    await x.until(1, x.messages)
    assert x.messages[0]["to"] == CUSTOMER
    assert x.posts == []


async def test_what_comes_twice_and_in_escapes_is_stored_once(house: FrontLine, x: FakeX) -> None:
    for escaped in (True, False, True):
        assert await x.call(door(house), mention("Grüß Gott 😀"), escaped=escaped) == 200
    assert await rows(house, message.c.text) == [("Grüß Gott 😀",)]


async def test_the_door_greets_x_and_nobody_else(house: FrontLine, x: FakeX) -> None:
    status, answer = await x.challenge(door(house), "MDhiMzM3Njg=")
    assert status == 200
    assert answer["response_token"].startswith("sha256=")
    assert (await x.challenge(door(house), '{"for_user_id":"1"}'))[0] == 401
    assert await x.call(door(house), mention(), secret="guessed") == 401
    assert await rows(house, event.c.id) == []


async def test_a_person_who_answers_in_the_app_silences_the_bot(house: FrontLine, x: FakeX) -> None:
    await x.call(door(house), direct_message("hallo", "1002000000000000301"))
    await x.until(1, x.messages)
    person = direct_message("Hier ist Anna, ich übernehme.", "1002000000000000302", sender=ME, to=CUSTOMER)
    assert await x.call(door(house), person) == 200
    assert await rows(house, conversation.c.owner) == [("agent",)]


async def test_our_own_message_that_x_tells_us_of_is_not_taken_for_a_persons(house: FrontLine, x: FakeX) -> None:
    await x.call(door(house), direct_message("hallo", "1002000000000000401"))
    await x.until(1, x.messages)
    sent = x.messages[0]
    await x.call(door(house), direct_message(sent["text"], sent["id"], sender=ME, to=CUSTOMER))
    assert await rows(house, conversation.c.owner) == [("bot",)]


async def test_a_reading_is_noted_on_what_was_sent(house: FrontLine, x: FakeX) -> None:
    await x.call(door(house), direct_message("hallo", "1002000000000000501"))
    await x.until(1, x.messages)
    read = {"created_timestamp": "4102444800000", "sender_id": CUSTOMER, "target": {"recipient_id": ME}}
    payload = {"for_user_id": ME, "direct_message_mark_read_events": [{**read, "last_read_event_id": "1"}]}
    assert await x.call(door(house), payload) == 200
    assert any(state == "sent" and at is not None for state, at in await rows(house, reply.c.state, reply.c.read_at))
