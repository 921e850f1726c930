"""An operator sees which channels are set up and how they are, and tries one there and back."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy import select

from bot import doorkeeping
from bot.assembly import FrontLine, front_line
from bot.domain.conversation import ConversationKey
from bot.domain.message import EventKind, InboundEvent
from bot.errors import SettingsError
from bot.settings import Rasa, Settings
from bot.storage import intake
from bot.storage.conversations import conversation_at
from bot.storage.tables import reply
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.fakes.telegram_bench import CUSTOMER
from tests.fakes.telegram_rules import Refusal
from tests.homes import fresh_home


def settings_for(telegram: FakeTelegram, tmp_path: Path) -> Settings:
    home = fresh_home(tmp_path)
    own = {"token": TOKEN, "base_url": telegram.base_url}
    return Settings.model_validate({"home": home, "port": 0, "rasa": Rasa(enabled=False), "telegram": own})


@pytest.fixture
def settings(telegram: FakeTelegram, tmp_path: Path) -> Settings:
    return settings_for(telegram, tmp_path)


@pytest.fixture
async def house(settings: Settings) -> AsyncIterator[FrontLine]:
    """A whole front line that polls Telegram."""
    async with front_line(settings) as running:
        yield running


def printed() -> tuple[Console, io.StringIO]:
    page = io.StringIO()
    return Console(file=page, width=200), page


@asynccontextmanager
async def answering(telegram: FakeTelegram) -> AsyncIterator[None]:
    """A customer who answers a test with the word it names."""

    async def answer() -> None:
        def asked() -> str:
            return next((text for text in telegram.replies(CUSTOMER) if "„Test" in text), "")

        await telegram.until(lambda: asked() != "")
        word = re.search(r"Test \d{4}", asked())
        assert word is not None
        telegram.customer_says(CUSTOMER, word.group())

    task = asyncio.create_task(answer())
    yield
    await task


async def test_a_test_message_goes_there_and_back(house: FrontLine, settings: Settings, telegram: FakeTelegram) -> None:
    telegram.chat(CUSTOMER)
    out, page = printed()
    async with answering(telegram):
        assert await doorkeeping.try_out(settings, "telegram", str(CUSTOMER), 30, out), page.getvalue()
    assert "@fernblick_bot" in page.getvalue()
    assert "the answer has arrived" in page.getvalue()


async def test_what_does_not_come_back_is_said(settings: Settings, telegram: FakeTelegram) -> None:
    telegram.chat(CUSTOMER)
    out, page = printed()
    assert not await doorkeeping.try_out(settings, "telegram", str(CUSTOMER), 0.1, out)
    assert "does a front line run" in page.getvalue()


async def test_the_list_tells_what_the_vendor_says_and_when_a_customer_last_wrote(
    house: FrontLine, settings: Settings, telegram: FakeTelegram
) -> None:
    telegram.customer_says(CUSTOMER, "Hallo")
    await telegram.until(lambda: len(telegram.replies(CUSTOMER)) > 0)
    inspected, gone = await doorkeeping.inspect(settings)
    out, page = printed()
    doorkeeping.show(inspected, gone, out)
    line = next(line for line in page.getvalue().splitlines() if "telegram" in line)
    assert "verified: @fernblick_bot" in line
    assert "never" not in line
    again, _ = await doorkeeping.inspect(settings)
    assert again[1].state.verified_at is not None


async def test_a_refused_token_keeps_what_is_to_be_sent_and_shows_since_when(
    house: FrontLine, settings: Settings, telegram: FakeTelegram
) -> None:
    telegram.chat(CUSTOMER)
    refusal = Refusal(401, "Unauthorized")
    telegram.fail_next("sendMessage", *[refusal] * 2)
    key = ConversationKey("telegram", TOKEN.partition(":")[0], str(CUSTOMER))
    telegram.customer_says(CUSTOMER, "Hallo")
    await telegram.until(lambda: len(telegram.called("sendMessage")) >= 2)
    inspected, _ = await doorkeeping.inspect(settings)
    state = inspected[1].state
    assert state.failing_since is not None
    assert (state.failure, state.waiting > 0) == ("Telegram refuses the bot's token", True)
    await telegram.until(lambda: len(telegram.replies(CUSTOMER)) > 0)  # the token is good again
    conversation = await house.store.read(lambda c: conversation_at(c, key))
    rows = select(reply.c.state).where(reply.c.conversation_id == conversation)
    async with asyncio.timeout(30):
        while {"sent"} != set(await house.store.read(lambda c: c.execute(rows).scalars().all())):
            await asyncio.sleep(0.1)
    inspected, _ = await doorkeeping.inspect(settings)
    assert (inspected[1].state.failing_since, inspected[1].state.waiting) == (None, 0)


async def test_an_account_that_is_not_set_up_any_more_is_still_told_of(house: FrontLine, settings: Settings) -> None:
    old = InboundEvent(ConversationKey("telegram", "1", "7"), "e1", EventKind.MESSAGE, "m1", "Hallo")
    await house.store.write(lambda c: intake.accept(c, [old]))
    _, gone = await doorkeeping.inspect(settings)
    assert [(one.channel, one.account) for one in gone] == [("telegram", "1")]


async def test_a_channel_that_is_not_set_up_is_named_with_those_that_are(settings: Settings) -> None:
    out, _ = printed()
    with pytest.raises(SettingsError, match="choose one of web/site, telegram/4242"):
        await doorkeeping.try_out(settings, "pigeon", None, 1, out)
