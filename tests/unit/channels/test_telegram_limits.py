"""Telegram's rates are kept, and waits after failures grow, with a clock that tests turn by hand."""

from __future__ import annotations

import asyncio

import pytest

from bot.channels.backoff import LONGEST_WAIT, Backoff
from bot.channels.telegram import TelegramChannel, TelegramSettings
from bot.channels.telegram.addressing import Identity
from bot.channels.telegram.limits import Limiter
from bot.domain.conversation import ConversationKey
from bot.rates import LocalRates
from tests.clock import Clock


async def times(chats: list[int], clock: Clock) -> list[float]:
    limiter = Limiter(LocalRates(clock), "4242", sleep=clock.sleep)
    sent = []
    for chat in chats:
        await limiter.turn(chat)
        sent.append(clock.now)
    return sent


async def test_one_message_a_second_to_a_chat() -> None:
    assert await times([1, 1, 1], Clock()) == [0, 1, 2]


async def test_thirty_messages_a_second_overall() -> None:
    sent = await times(list(range(1, 71)), Clock())
    assert sent == [0] * 30 + [1] * 30 + [2] * 10


async def test_twenty_messages_a_minute_to_a_group() -> None:
    sent = await times([-5] * 41, Clock())
    assert sent == [*range(20), *range(60, 80), 120]


async def test_many_at_once_keep_the_rate_too() -> None:
    clock = Clock()
    limiter = Limiter(LocalRates(clock), "4242", sleep=clock.sleep)
    sent: list[float] = []

    async def send(chat: int) -> None:
        await limiter.turn(chat)
        sent.append(clock.now)

    await asyncio.gather(*(send(chat) for chat in range(1, 91)))
    assert all(later - earlier >= 1 for earlier, later in zip(sent, sent[30:], strict=False))


async def test_a_pause_counts_for_its_chat_alone() -> None:
    clock = Clock()
    limiter = Limiter(LocalRates(clock), "4242", sleep=clock.sleep)
    await limiter.pause(1, 30)
    await limiter.turn(2)
    assert clock.now == 0
    await limiter.turn(1)
    assert clock.now == 30


async def test_a_pause_in_a_group_counts_beside_its_rate() -> None:
    clock = Clock()
    limiter = Limiter(LocalRates(clock), "4242", sleep=clock.sleep)
    await limiter.turn(-5)
    await limiter.pause(-5, 30)
    assert await limiter.claim(-5) == 30


async def test_two_bots_have_a_rate_each() -> None:
    rates = LocalRates(Clock())
    assert [await Limiter(rates, account).claim(1) for account in ("4242", "777", "4242")] == [0, 0, 1]


@pytest.mark.parametrize(("draw", "expected"), [(0.0, [0.5, 1, 2, 4]), (1.0, [1, 2, 4, 8])])
def test_waits_double_and_vary(draw: float, expected: list[float]) -> None:
    backoff = Backoff(lambda: draw)
    assert [backoff.wait() for _ in expected] == expected
    assert max(backoff.wait() for _ in range(20)) <= LONGEST_WAIT
    backoff.reset()
    assert backoff.wait() == expected[0]


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"token": "hello"}, "telegram.token"),
        ({"webhook_secret": "has spaces"}, "telegram.webhook_secret"),
        ({"webhook_url": "http://bot.example"}, "telegram.webhook_url"),
        ({}, None),
    ],
)
def test_settings_name_their_faults(changed: dict[str, str], fault: str | None) -> None:
    good = {"token": "4242:AAF-fake_token", "webhook_secret": "s3cret", "webhook_url": "https://bot.example/t"}
    faults = TelegramSettings(**good | changed).faults()  # type: ignore[arg-type]
    assert [found.id for found in faults] == ([fault] if fault else [])


def test_in_a_group_others_read_along() -> None:
    channel = TelegramChannel(TelegramSettings("4242:AAF-fake_token-for-tests-only"))
    assert channel.private_url(ConversationKey("telegram", "4242", "-100")) == ""
    channel.identity = Identity("4242", "fernblick_bot")
    assert channel.is_public(ConversationKey("telegram", "4242", "-100123"))
    assert not channel.is_public(ConversationKey("telegram", "4242", "1001"))
    assert channel.private_url(ConversationKey("telegram", "4242", "-100")) == "https://t.me/fernblick_bot"
