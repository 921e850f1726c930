"""X and the whole front line: called at its door, answering in public and in direct messages, against a strict X on loopback."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from bot.assembly import FrontLine, front_line
from bot.channels.x import XAccess, XDirect, XPosts
from bot.channels.x.weighing import weight
from bot.domain.conversation import ConversationKey
from bot.domain.message import Button
from bot.domain.reply import Outgoing, Reply, ReplyKind
from bot.errors import DeliveryError
from bot.rates import LocalRates
from bot.settings import Rasa, Settings, X
from bot.storage.store import Store
from bot.storage.tables import conversation, event, message, reply
from tests.fakes.x import (
    CONSUMER_KEY,
    CONSUMER_SECRET,
    CUSTOMER,
    HANDLE,
    ME,
    TOKEN,
    TOKEN_SECRET,
    FakeX,
    Lost,
    Refusal,
)
from tests.homes import fresh_home

MENTIONED = "1001000000000000101"


@pytest.fixture
async def x() -> AsyncIterator[FakeX]:
    """An X of which nothing wrong is asked."""
    async with FakeX() as fake:
        yield fake
        assert fake.mistakes == []


def access(x: FakeX, **more: Any) -> XAccess:
    return replace(XAccess(CONSUMER_KEY, CONSUMER_SECRET, TOKEN, TOKEN_SECRET, base_url=x.base_url), **more)


def saying(
    text: str, *, answers: str = MENTIONED, kind: ReplyKind = ReplyKind.BOT, author: str = "", **more: Any
) -> Outgoing:
    key = ConversationKey("x", ME, CUSTOMER)
    return Outgoing(1, key, Reply(kind, text, **more), author, answers=answers)


@asynccontextmanager
async def posts(x: FakeX, **more: Any) -> AsyncIterator[XPosts]:
    channel = XPosts(access(x, **more), LocalRates())
    await channel.start()
    try:
        yield channel
    finally:
        await channel.close()


@asynccontextmanager
async def direct(x: FakeX, rates: LocalRates | None = None) -> AsyncIterator[XDirect]:
    channel = XDirect(access(x), rates or LocalRates())
    await channel.start()
    try:
        yield channel
    finally:
        await channel.close()


def mention(text: str = "Wie kündige ich meinen Vertrag?", post_id: str = MENTIONED) -> dict[str, Any]:
    """A customer names the account in a post."""
    named = {"screen_name": HANDLE, "id_str": ME, "indices": [0, len(HANDLE) + 1]}
    tweet = {
        "id_str": post_id,
        "text": f"@{HANDLE} {text}",
        "created_at": "Thu Sep 24 10:40:01 +0000 2026",
        "user": {"id_str": CUSTOMER, "name": "Zoë", "screen_name": "zoe_m"},
        "entities": {"user_mentions": [named], "urls": []},
    }
    return {"for_user_id": ME, "tweet_create_events": [tweet]}


def direct_message(text: str, message_id: str, sender: str = CUSTOMER, to: str = ME) -> dict[str, Any]:
    """Somebody writes a direct message."""
    data = {"text": text, "entities": {"urls": []}}
    created = {"target": {"recipient_id": to}, "sender_id": sender, "message_data": data}
    item = {"type": "message_create", "id": message_id, "created_timestamp": "1790246402000", "message_create": created}
    users = {CUSTOMER: {"id": CUSTOMER, "name": "Zoë Müller"}}
    return {"for_user_id": ME, "direct_message_events": [item], "users": users}


@pytest.fixture
async def house(tmp_path: Path, x: FakeX) -> AsyncIterator[FrontLine]:
    """A whole front line without Rasa, with the account set up."""
    keys = X(
        consumer_key=SecretStr(CONSUMER_KEY),
        consumer_secret=SecretStr(CONSUMER_SECRET),
        access_token=SecretStr(TOKEN),
        access_token_secret=SecretStr(TOKEN_SECRET),
        base_url=x.base_url,
    )
    settings = Settings(home=fresh_home(tmp_path), port=0, rasa=Rasa(enabled=False), x=keys)
    async with front_line(settings) as running:
        yield running


def door(house: FrontLine) -> str:
    return f"http://127.0.0.1:{house.port}/webhooks/x/{ME}"


async def rows(store: Store, statement: Any) -> list[Any]:
    return await store.read(lambda connection: list(connection.execute(statement).all()))


# --- the whole way -----------------------------------------------------------------------------------------------


async def test_a_customer_who_names_the_account_is_answered_under_their_post(house: FrontLine, x: FakeX) -> None:
    assert await x.call(door(house), mention()) == 200
    await x.until(1, x.posts)
    assert x.posts[0]["answers"] == MENTIONED
    assert all(weight(post["text"]) <= 280 for post in x.posts)
    [stored] = await rows(house.store, select(message.c.text))
    assert stored.text == "Wie kündige ich meinen Vertrag?"
    [place] = await rows(house.store, select(conversation.c.channel, conversation.c.account, conversation.c.chat))
    assert tuple(place) == ("x", ME, CUSTOMER)


async def test_a_direct_message_is_answered_in_a_direct_message(house: FrontLine, x: FakeX) -> None:
    assert await x.call(door(house), direct_message("Wie kündige ich meinen Vertrag?", "1002000000000000201")) == 200
    await x.until(1, x.messages)
    assert x.messages[0]["to"] == CUSTOMER
    assert x.posts == []


async def test_what_comes_twice_and_in_escapes_is_stored_once(house: FrontLine, x: FakeX) -> None:
    for escaped in (True, False, True):
        assert await x.call(door(house), mention("Grüß Gott 😀"), escaped=escaped) == 200
    assert [row.text for row in await rows(house.store, select(message.c.text))] == ["Grüß Gott 😀"]


async def test_the_door_greets_x_and_nobody_else(house: FrontLine, x: FakeX) -> None:
    status, answer = await x.challenge(door(house), "MDhiMzM3Njg=")
    assert status == 200
    assert answer["response_token"].startswith("sha256=")
    assert (await x.challenge(door(house), '{"for_user_id":"1"}'))[0] == 401
    assert await x.call(door(house), mention(), secret="guessed") == 401
    assert await rows(house.store, select(event.c.id)) == []


async def test_a_person_who_answers_in_the_app_silences_the_bot(house: FrontLine, x: FakeX) -> None:
    await x.call(door(house), direct_message("hallo", "1002000000000000301"))
    await x.until(1, x.messages)
    person = direct_message("Hier ist Anna, ich übernehme.", "1002000000000000302", sender=ME, to=CUSTOMER)
    assert await x.call(door(house), person) == 200
    [found] = await rows(house.store, select(conversation.c.owner))
    assert found.owner == "agent"


async def test_our_own_message_that_x_tells_us_of_is_not_taken_for_a_persons(house: FrontLine, x: FakeX) -> None:
    await x.call(door(house), direct_message("hallo", "1002000000000000401"))
    await x.until(1, x.messages)
    sent = x.messages[0]
    await x.call(door(house), direct_message(sent["text"], sent["id"], sender=ME, to=CUSTOMER))
    [found] = await rows(house.store, select(conversation.c.owner))
    assert found.owner == "bot"


async def test_a_reading_is_noted_on_what_was_sent(house: FrontLine, x: FakeX) -> None:
    await x.call(door(house), direct_message("hallo", "1002000000000000501"))
    await x.until(1, x.messages)
    read = {"created_timestamp": "4102444800000", "sender_id": CUSTOMER, "target": {"recipient_id": ME}}
    payload = {"for_user_id": ME, "direct_message_mark_read_events": [{**read, "last_read_event_id": "1"}]}
    assert await x.call(door(house), payload) == 200
    sent = select(reply.c.read_at).where(reply.c.state == "sent")
    assert any(row.read_at is not None for row in await rows(house.store, sent))


# --- sending -----------------------------------------------------------------------------------------------------


async def test_a_long_answer_of_the_bot_is_one_post_that_keeps_its_link(x: FakeX) -> None:
    x.summoned.add(MENTIONED)
    link = "https://www.fernblick.example/answers/kuendigen"
    async with posts(x) as channel:
        receipt = await channel.send(saying("Das ist einfach. " * 40 + link))
    assert [post["id"] for post in x.posts] == [receipt.message_id]
    assert x.posts[0]["text"].endswith(link)


async def test_an_agents_words_fill_two_posts_or_are_refused_but_never_cut(x: FakeX) -> None:
    x.summoned.add(MENTIONED)
    words = "Ich habe das für Sie geprüft. "
    async with posts(x) as channel:
        receipt = await channel.send(saying(words * 12, kind=ReplyKind.AGENT, author="Anna"))
        assert [post["answers"] for post in x.posts] == [MENTIONED, x.posts[0]["id"]]
        assert receipt.message_id == x.posts[1]["id"]
        said = " ".join(post["text"] for post in x.posts)
        assert said.count(words.strip()) == 12
        with pytest.raises(DeliveryError, match="too long for two posts") as failure:
            await channel.send(saying(words * 40, kind=ReplyKind.AGENT))
    assert failure.value.permanent


async def test_nobody_is_addressed_who_has_not_written(x: FakeX) -> None:
    async with posts(x) as channel:
        with pytest.raises(DeliveryError, match="no post that this could answer"):
            await channel.send(saying("Guten Tag", answers=""))
        with pytest.raises(DeliveryError, match="named or quoted the account"):
            await channel.send(saying("Guten Tag", answers="77"))
    assert x.posts == []


async def test_the_same_words_twice_under_one_post_are_refused_as_such(x: FakeX) -> None:
    x.summoned.add(MENTIONED)
    async with posts(x) as channel:
        await channel.send(saying("Schon unterwegs."))
        with pytest.raises(DeliveryError, match="takes no text twice"):
            await channel.send(saying("Schon unterwegs."))


async def test_choices_are_numbered_in_direct_messages(x: FakeX) -> None:
    buttons = (Button("choose_answer", "a", "Kündigen"), Button("choose_answer", "b", "Umziehen"))
    async with direct(x) as channel:
        await channel.send(saying("Was meinen Sie?", buttons=buttons))
    assert "1. Kündigen\n2. Umziehen" in x.messages[0]["text"]


async def test_who_takes_no_direct_messages_is_not_asked_again(x: FakeX) -> None:
    x.closed.add(CUSTOMER)
    async with direct(x) as channel:
        with pytest.raises(DeliveryError, match="does not take direct messages") as failure:
            await channel.send(saying("Hallo"))
    assert failure.value.permanent


async def test_xs_word_to_wait_is_obeyed_by_the_next_reply_too(x: FakeX) -> None:
    x.summoned.add(MENTIONED)
    x.fail_next(Refusal(429, {"title": "Too Many Requests"}, {"x-rate-limit-reset": "99999999999"}))
    async with posts(x) as channel:
        for _ in range(2):
            with pytest.raises(DeliveryError) as failure:
                await channel.send(saying("Hallo"))
            assert failure.value.certain
            assert failure.value.retry_after == pytest.approx(24 * 3600, abs=60)
    assert x.asked == 1


async def test_no_more_direct_messages_leave_than_x_allows(x: FakeX) -> None:
    now = [0.0]
    async with direct(x, LocalRates(lambda: now[0])) as channel:
        for number in range(15):
            await channel.send(saying(f"Antwort {number}"))
        with pytest.raises(DeliveryError) as failure:
            await channel.send(saying("eine zu viel"))
        assert failure.value.retry_after == 900
        now[0] = 900
        await channel.send(saying("danach"))
    assert len(x.messages) == 16


@pytest.mark.parametrize("fault", [Refusal(503, {"title": "Service Unavailable"}), Lost()])
async def test_what_breaks_after_x_took_it_is_uncertain(x: FakeX, fault: Refusal | Lost) -> None:
    x.summoned.add(MENTIONED)
    x.fail_next(fault)
    async with posts(x) as channel:
        with pytest.raises(DeliveryError, match="nobody knows") as failure:
            await channel.send(saying("Hallo"))
    assert not failure.value.certain


async def test_an_x_that_cannot_be_reached_has_taken_nothing(x: FakeX) -> None:
    async with posts(x, base_url="http://127.0.0.1:9") as channel:
        with pytest.raises(DeliveryError, match="cannot be reached") as failure:
            await channel.send(saying("Hallo"))
    assert failure.value.certain
    assert not failure.value.permanent


async def test_check_says_whose_keys_these_are(x: FakeX) -> None:
    async with posts(x) as channel:
        assert await channel.check() == f"@fernblick (Fernblick) is called at /webhooks/x/{ME}"


async def test_check_says_that_the_keys_are_refused(x: FakeX) -> None:
    async with posts(x, access_token_secret="revoked") as channel:
        with pytest.raises(DeliveryError, match="refuses our keys") as failure:
            await channel.check()
    assert failure.value.permanent


async def test_no_log_and_no_failure_holds_a_secret(x: FakeX, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    x.fail_next(Refusal(400, {"detail": f"{TOKEN_SECRET} geheime Worte"}), Lost())
    async with posts(x) as channel:
        for _ in range(2):
            with pytest.raises(DeliveryError) as failure:
                await channel.send(saying("geheime Worte"))
            assert failure.value.__cause__ is None
            assert "geheim" not in failure.value.reason
    for secret in (CONSUMER_SECRET, TOKEN_SECRET, TOKEN.partition("-")[2], "geheime Worte"):
        assert secret not in caplog.text
