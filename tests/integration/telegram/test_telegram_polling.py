"""The real library polling a strict Bot API over HTTP: what is received is durable before it is confirmed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import select

from bot.domain.message import Button, EventKind, InboundEvent
from bot.errors import DeliveryError, StorageAway, StorageFull
from bot.storage import intake
from bot.storage.store import Store
from bot.storage.tables import message_revision
from tests.fakes.telegram import FakeTelegram, Lost
from tests.fakes.telegram_bench import CUSTOMER, GROUP, Desk, channel_to, saying, texts
from tests.fakes.telegram_rules import Refusal


async def test_what_a_customer_writes_is_stored(telegram: FakeTelegram, store: Store) -> None:
    async with channel_to(telegram) as channel, Desk(channel, store).polling():
        telegram.customer_says(CUSTOMER, "Grüß Gott, mein Anschluß ist tot 😀")
        await telegram.until(lambda: len(telegram.updates) == 0)
    assert await texts(store) == ["Grüß Gott, mein Anschluß ist tot 😀"]


async def test_an_update_is_confirmed_only_once_it_is_stored(telegram: FakeTelegram, store: Store) -> None:
    async with channel_to(telegram) as channel:
        desk = Desk(channel, store)
        desk.refuse = [StorageFull("no room"), OSError("disk gone")]
        async with desk.polling():
            telegram.customer_says(CUSTOMER, "Hallo")
            await telegram.until(lambda: len(telegram.updates) == 0)
        confirming = [call for call in telegram.called("getUpdates") if "offset" in call]
        assert [event.text for event in desk.events] == ["Hallo"]
        assert len(telegram.called("getUpdates")) >= 4
        assert confirming[0]["offset"] == 700_000_002


async def test_however_long_the_database_was_away_it_is_asked_again_soon(telegram: FakeTelegram, store: Store) -> None:
    async with channel_to(telegram) as channel:
        desk = Desk(channel, store)
        desk.refuse = [StorageAway("the database is away") for _ in range(20)]
        async with desk.polling():
            telegram.customer_says(CUSTOMER, "Hallo")
            await telegram.until(lambda: len(telegram.updates) == 0)
        assert max(channel._sleep.seconds) <= 2  # type: ignore[attr-defined]


async def test_a_poller_killed_between_commit_and_confirmation_stores_once(
    telegram: FakeTelegram, store: Store
) -> None:
    telegram.customer_says(CUSTOMER, "Nur einmal")
    async with channel_to(telegram) as channel:
        desk = Desk(channel, store)
        committed = asyncio.Event()

        async def commit_and_die(events: Sequence[InboundEvent], progress: dict[str, Any] | None) -> None:
            await store.write(lambda connection: intake.accept(connection, events, {}))  # the progress is lost as well
            committed.set()
            await asyncio.Event().wait()

        doomed = asyncio.create_task(channel.poll({}, commit_and_die))
        await committed.wait()
        doomed.cancel()
        assert len(telegram.updates) == 1
        async with desk.polling():
            await telegram.until(lambda: len(telegram.updates) == 0)
    assert len(desk.events) == 1
    assert await texts(store) == ["Nur einmal"]


async def test_progress_survives_a_restart(telegram: FakeTelegram, store: Store) -> None:
    for text in ("eins", "zwei"):
        async with channel_to(telegram) as channel, Desk(channel, store).polling():
            telegram.customer_says(CUSTOMER, text)
            await telegram.until(lambda: len(telegram.updates) == 0)
    first_of_second_run = [call.get("offset") for call in telegram.called("getUpdates")]
    assert first_of_second_run.count(None) == 1
    assert await texts(store) == ["eins", "zwei"]


async def test_numbering_that_starts_again_lower_loses_nothing(telegram: FakeTelegram, store: Store) -> None:
    async with channel_to(telegram) as channel, Desk(channel, store).polling():
        telegram.customer_says(CUSTOMER, "vor der stillen Woche")
        await telegram.until(lambda: len(telegram.updates) == 0)
        telegram.next_update = 5
        telegram.customer_says(CUSTOMER, "danach")
        await telegram.until(lambda: len(telegram.updates) == 0)
    assert await texts(store) == ["vor der stillen Woche", "danach"]


async def test_an_update_nobody_understands_does_not_stop_the_others(telegram: FakeTelegram, store: Store) -> None:
    async with channel_to(telegram) as channel, (desk := Desk(channel, store)).polling():
        telegram.send_update("message", {"message_id": "seven", "chat": [], "text": 5})
        telegram.send_update("message", ["not", "a", "message"])
        telegram.customer_says(CUSTOMER, "und ich?")
        await telegram.until(lambda: len(telegram.updates) == 0)
    assert [event.kind for event in desk.events] == [EventKind.IGNORED, EventKind.IGNORED, EventKind.MESSAGE]
    assert await texts(store) == ["und ich?"]


async def test_edits_become_revisions(telegram: FakeTelegram, store: Store) -> None:
    async with channel_to(telegram) as channel, Desk(channel, store).polling():
        number = telegram.customer_says(CUSTOMER, "Mein Internt geht nicht")
        await telegram.until(lambda: len(telegram.updates) == 0)
        telegram.customer_edits(CUSTOMER, number, "Mein Internet geht nicht")
        await telegram.until(lambda: len(telegram.updates) == 0)
    revisions = await store.read(lambda connection: connection.execute(select(message_revision.c.text)).scalars().all())
    assert revisions == ["Mein Internet geht nicht"]
    assert await texts(store) == ["Mein Internet geht nicht"]


async def test_a_group_is_heard_only_where_it_speaks_to_us(telegram: FakeTelegram, store: Store) -> None:
    async with channel_to(telegram) as channel, (desk := Desk(channel, store)).polling():
        await telegram.until(lambda: bool(telegram.called("getUpdates")))  # by then our name is known
        telegram.customer_says(GROUP, "Ich mag den Chef nicht")
        mention = {"type": "mention", "offset": 0, "length": 14}
        telegram.customer_says(GROUP, "@Fernblick_bot wie kündige ich?", entities=[mention])
        await telegram.until(lambda: len(telegram.updates) == 0)
    assert await texts(store) == ["wie kündige ich?"]
    assert "Chef" not in json.dumps([event.raw for event in desk.events])


async def test_a_webhook_left_by_somebody_is_taken_away(telegram: FakeTelegram, store: Store) -> None:
    telegram.webhook = {"url": "https://elsewhere.example", "secret_token": ""}
    async with channel_to(telegram) as channel, Desk(channel, store).polling():
        telegram.customer_says(CUSTOMER, "Hallo?")
        await telegram.until(lambda: len(telegram.updates) == 0)
    assert await texts(store) == ["Hallo?"]


async def test_a_webhook_set_while_we_poll_is_taken_away_too(telegram: FakeTelegram, store: Store) -> None:
    async with channel_to(telegram) as channel, Desk(channel, store).polling():
        telegram.customer_says(CUSTOMER, "vorher")
        await telegram.until(lambda: len(telegram.updates) == 0)
        telegram.webhook = {"url": "https://elsewhere.example", "secret_token": ""}
        telegram.customer_says(CUSTOMER, "nachher")
        await telegram.until(lambda: len(telegram.updates) == 0)
    assert await texts(store) == ["vorher", "nachher"]


async def test_two_pollers_are_reported_and_back_off(
    telegram: FakeTelegram, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    async with channel_to(telegram) as first, channel_to(telegram) as second:
        async with Desk(first, store).polling():
            await telegram.until(lambda: len(telegram.called("getUpdates")) == 1)
            async with Desk(second, store).polling():
                await telegram.until(lambda: len(telegram.called("getUpdates")) >= 3)
        assert first._sleep.seconds  # type: ignore[attr-defined]
    assert "somebody else uses this bot's token" in caplog.text


async def test_a_refused_token_ends_polling_for_good(telegram: FakeTelegram, store: Store) -> None:
    async with channel_to(telegram, token="4242:AAF-revoked_token") as channel:
        with pytest.raises(DeliveryError, match="BotFather") as failure:
            await channel.poll({}, Desk(channel, store).accept)
    assert failure.value.permanent
    assert "revoked_token" not in str(failure.value)


async def test_polling_outlives_outages(telegram: FakeTelegram, store: Store) -> None:
    broken = Refusal(502, "Bad Gateway")
    flood = Refusal(429, "Too Many Requests: retry after 7", {"retry_after": 7})
    telegram.fail_next("getUpdates", broken, Lost(reset=True), flood)
    telegram.customer_says(CUSTOMER, "noch da?")
    async with channel_to(telegram) as channel:
        async with Desk(channel, store).polling():
            await telegram.until(lambda: len(telegram.updates) == 0)
        waited = channel._sleep.seconds  # type: ignore[attr-defined]
    assert await texts(store) == ["noch da?"]
    assert 0.5 <= waited[0] <= 1 <= waited[1] <= 2
    assert waited[2] == 7


async def test_a_press_arrives_and_its_keyboard_goes(telegram: FakeTelegram, store: Store) -> None:
    telegram.chat(CUSTOMER)
    buttons = (Button("helped_yes", label="Ja"), Button("choose_answer", "internet-down", "Störung"))
    async with channel_to(telegram) as channel, (desk := Desk(channel, store)).polling():
        await channel.send(saying("Hat das geholfen?", buttons=buttons))
        assert telegram.buttons(CUSTOMER) == ["Ja", "Störung"]
        press = telegram.presses(CUSTOMER, "Störung")
        await telegram.until(lambda: telegram.answered == [press] and telegram.buttons(CUSTOMER) == [])
    assert desk.events[-1].button == Button("choose_answer", "internet-down", "Störung")


async def test_a_button_too_long_for_telegram_says_what_is_on_it(telegram: FakeTelegram, store: Store) -> None:
    telegram.chat(CUSTOMER)
    question = "Wie melde ich einen Umzug?"
    async with channel_to(telegram) as channel, Desk(channel, store).polling():
        await channel.send(saying("Meinst du das?", buttons=(Button("choose_answer", "x" * 90, question),)))
        telegram.presses(CUSTOMER, question)
        await telegram.until(lambda: telegram.buttons(CUSTOMER) == [])
    assert await texts(store) == [question]


async def test_a_press_that_cannot_be_acknowledged_is_still_stored(telegram: FakeTelegram, store: Store) -> None:
    telegram.chat(CUSTOMER)
    telegram.fail_next("answerCallbackQuery", Refusal(502, "Bad Gateway"))
    async with channel_to(telegram) as channel, (desk := Desk(channel, store)).polling():
        await channel.send(saying("Ja?", buttons=(Button("helped_yes", label="Ja"),)))
        telegram.presses(CUSTOMER, "Ja")
        telegram.customer_says(CUSTOMER, "weiter")
        await telegram.until(lambda: len(telegram.called("answerCallbackQuery")) == 1 and not telegram.updates)
    assert [event.kind for event in desk.events] == [EventKind.BUTTON, EventKind.MESSAGE]
