"""What is posted and written arrives as meant, and what fails is told truly."""

from __future__ import annotations

import logging

import pytest

from bot.domain.message import Button
from bot.domain.reply import ReplyKind
from bot.errors import DeliveryError
from bot.rates import LocalRates
from tests.fakes.x import CONSUMER_SECRET, CUSTOMER, ME, TOKEN, TOKEN_SECRET, FakeX, Lost, Refusal
from tests.integration.channels.x.bench import MENTIONED, direct, posts, saying


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
