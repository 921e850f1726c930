"""The webhook: only Telegram gets in, and what it brings is stored before it gets its 200."""

from __future__ import annotations

import pytest
from aiohttp import ClientSession

from bot.channels.base import Request
from bot.channels.telegram import TelegramChannel, adapter
from bot.domain.message import Button
from bot.errors import RequestRejected, SettingsError
from bot.storage.store import Store
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_bench import CUSTOMER, PUBLIC, SECRET, channel_to, door, saying, settings, texts
from tests.fakes.telegram_rules import Refusal


async def test_telegram_calls_the_webhook_it_was_given(telegram: FakeTelegram, store: Store) -> None:
    async with (
        channel_to(telegram, webhook_secret=SECRET, webhook_url=PUBLIC) as channel,
        door(channel, store, telegram),
    ):
        assert telegram.webhook == {"url": PUBLIC, "secret_token": SECRET}
        assert telegram.allowed == ["message", "edited_message", "callback_query", "my_chat_member"]
        telegram.customer_says(CUSTOMER, "Ich möchte kündigen")
        again = telegram.updates[0]
        assert await telegram.push() == [200]
        telegram.updates.append(again)
        assert await telegram.push() == [200]
    assert await texts(store) == ["Ich möchte kündigen"]


async def test_a_stranger_at_the_webhook_is_refused(telegram: FakeTelegram, store: Store) -> None:
    header = "X-Telegram-Bot-Api-Secret-Token"
    update = {"update_id": 1, "message": {"message_id": 1, "chat": {"id": 1, "type": "private"}, "text": "geheim"}}
    async with (
        channel_to(telegram, webhook_secret=SECRET, webhook_url=PUBLIC) as channel,
        door(channel, store, telegram) as here,
        ClientSession() as stranger,
    ):
        for headers in ({}, {header: ""}, {header: SECRET[:-1]}, {header: SECRET + "x"}, {header: "ß"}):
            async with stranger.post(here, json=update, headers=headers) as answer:
                assert answer.status == 401, headers
        for body in (b"", b"[]", b"{", b'{"update_id": "1"}', b"\xff\xfe", b"[" * 100_000):
            async with stranger.post(here, data=body, headers={header: SECRET}) as answer:
                assert answer.status == 400, body[:20]
    assert await texts(store) == []


async def test_presses_beyond_what_can_be_acknowledged_are_stored_all_the_same(
    telegram: FakeTelegram, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "MOST_ACKNOWLEDGING", 0)
    telegram.chat(CUSTOMER)
    async with (
        channel_to(telegram, webhook_secret=SECRET, webhook_url=PUBLIC) as channel,
        door(channel, store, telegram),
    ):
        await channel.send(saying("?", buttons=(Button("helped_yes", label="Ja"),)))
        telegram.presses(CUSTOMER, "Ja")
        assert await telegram.push() == [200]
    assert len(await texts(store)) == 1
    assert telegram.called("answerCallbackQuery") == []


async def test_presses_at_the_webhook_are_acknowledged(telegram: FakeTelegram, store: Store) -> None:
    telegram.chat(CUSTOMER)
    async with (
        channel_to(telegram, webhook_secret=SECRET, webhook_url=PUBLIC) as channel,
        door(channel, store, telegram),
    ):
        await channel.send(saying("Ja?", buttons=(Button("helped_yes", label="Ja"),)))
        telegram.presses(CUSTOMER, "Ja")
        assert await telegram.push() == [200]
        await telegram.until(lambda: telegram.buttons(CUSTOMER) == [])


async def test_a_webhook_that_cannot_be_set_at_start_is_set_later(telegram: FakeTelegram) -> None:
    telegram.fail_next("setWebhook", Refusal(502, "Bad Gateway"), Refusal(502, "Bad Gateway"))
    async with channel_to(telegram, webhook_secret=SECRET, webhook_url=PUBLIC):
        await telegram.until(lambda: bool(telegram.webhook))


async def test_a_polling_bot_has_no_open_door(telegram: FakeTelegram) -> None:
    async with channel_to(telegram) as channel:
        with pytest.raises(RequestRejected) as refusal:
            channel.verify(Request("POST", {"X-Telegram-Bot-Api-Secret-Token": ""}, {}, b"{}"))
    assert refusal.value.status == 401


async def test_a_webhook_with_a_refused_token_does_not_start(telegram: FakeTelegram) -> None:
    with pytest.raises(SettingsError, match=r"telegram\.token"):
        async with channel_to(telegram, token="4242:AAF-revoked_token", webhook_secret=SECRET, webhook_url=PUBLIC):
            pass


async def test_until_our_name_is_known_telegram_keeps_its_updates(telegram: FakeTelegram) -> None:
    update = Request("POST", {}, {}, b'{"update_id": 1, "message": {}}')
    channel = TelegramChannel(settings(telegram, webhook_secret=SECRET, webhook_url=PUBLIC))
    with pytest.raises(RequestRejected) as refusal:
        channel.parse(update)
    assert refusal.value.status == 503
    await channel.start()
    assert len(channel.parse(update)) == 1
    await channel.close()
