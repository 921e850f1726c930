"""What customers send on Telegram is fetched once somebody wants it, and the address, which holds the token, stays between Telegram and us."""

from __future__ import annotations

import logging
import traceback
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.assembly import FrontLine, front_line
from bot.channels.telegram import TelegramChannel
from bot.domain.message import Attachment, Missing
from bot.errors import DeliveryError, FileMissing
from bot.settings import Rasa, Settings, Telegram
from tests.fakes.telegram import TOKEN, FakeTelegram, Lost
from tests.fakes.telegram_bench import CUSTOMER, channel_to
from tests.fakes.telegram_rules import MAX_FILE, Json, Refusal
from tests.homes import fresh_home
from tests.integration.channels.at_desk import PHOTO, WISH, files_of


@pytest.fixture
async def channel(telegram: FakeTelegram) -> AsyncIterator[TelegramChannel]:
    """The bot by itself."""
    async with channel_to(telegram) as made:
        yield made


@pytest.fixture
async def house(tmp_path: Path, telegram: FakeTelegram) -> AsyncIterator[FrontLine]:
    """A whole front line without Rasa, with the bot set up."""
    own = Telegram(token=SecretStr(TOKEN), base_url=telegram.base_url)
    settings = Settings(home=fresh_home(tmp_path), port=0, rasa=Rasa(enabled=False), telegram=own)
    async with front_line(settings) as running:
        yield running


def photo(file: Json) -> list[Json]:
    """A photo as an update has it, in two sizes."""
    return [{"file_id": "small", "width": 90, "height": 60}, file | {"width": 1280, "height": 853}]


async def fetched(channel: TelegramChannel, file: Json) -> bytes:
    """What comes of a file that an update told of."""
    return await channel.fetch(Attachment("photo", source=file["file_id"]))


async def missing(channel: TelegramChannel, file: Json) -> Missing:
    """Why it does not come."""
    with pytest.raises(FileMissing) as missed:
        await fetched(channel, file)
    told = "".join(traceback.format_exception(missed.value))
    assert TOKEN.partition(":")[2] not in told
    return missed.value.why


async def test_a_photo_is_seen_at_the_desk_as_it_was_sent(house: FrontLine, telegram: FakeTelegram) -> None:
    telegram.customer_sends(CUSTOMER, photo=photo(telegram.upload(PHOTO)), caption="So sieht es aus")
    telegram.customer_says(CUSTOMER, WISH)
    assert await files_of(house) == [("photo.png", PHOTO)]
    assert telegram.handed_out == ["photos/file_1.png"]


async def test_a_document_keeps_its_name_and_a_moving_sticker_is_told_of(
    house: FrontLine, telegram: FakeTelegram
) -> None:
    bill = telegram.upload(b"%PDF-1.7 a bill", "documents/file_{}.pdf") | {"file_name": "Rechnung März.pdf"}
    sticker = telegram.upload(b"\x1f\x8b a Lottie animation", "stickers/file_{}.tgs") | {"emoji": "👍"}
    telegram.customer_sends(CUSTOMER, document=bill)
    telegram.customer_sends(CUSTOMER, sticker=sticker | {"is_animated": True})
    telegram.customer_says(CUSTOMER, WISH)
    assert await files_of(house, 2) == [("Rechnung März.pdf", b"%PDF-1.7 a bill"), ("👍", "not_kept")]


async def test_a_path_with_anything_in_it_is_found(channel: TelegramChannel, telegram: FakeTelegram) -> None:
    assert await fetched(channel, telegram.upload(PHOTO, "documents/Kündigung Nr. {} 100%.png")) == PHOTO


async def test_what_telegram_finds_too_large_is_told_so(channel: TelegramChannel, telegram: FakeTelegram) -> None:
    assert await missing(channel, telegram.upload(PHOTO, size=MAX_FILE + 1)) is Missing.TOO_LARGE
    assert telegram.handed_out == []


async def test_what_only_ones_own_server_would_hand_out_is_too_large_as_well(
    channel: TelegramChannel, telegram: FakeTelegram
) -> None:
    telegram.largest = 2000 * MAX_FILE
    assert await missing(channel, telegram.upload(PHOTO, size=MAX_FILE + 1)) is Missing.TOO_LARGE
    assert telegram.handed_out == []


async def test_an_id_that_is_none_leads_nowhere(channel: TelegramChannel, telegram: FakeTelegram) -> None:
    assert await missing(channel, {"file_id": "AgADnone"}) is Missing.GONE


async def test_what_telegram_calls_wrong_or_unavailable_for_now_may_come_later(
    channel: TelegramChannel, telegram: FakeTelegram
) -> None:
    file = telegram.upload(PHOTO)
    telegram.files[file["file_id"]].known = False
    assert await missing(channel, file) is Missing.UNREACHABLE
    telegram.files[file["file_id"]].known = True
    assert await fetched(channel, file) == PHOTO


async def test_what_has_gone_since_telegram_said_where_it_is_leads_nowhere(
    channel: TelegramChannel, telegram: FakeTelegram
) -> None:
    file = telegram.upload(PHOTO)
    telegram.files[file["file_id"]].there = False
    assert await missing(channel, file) is Missing.GONE


async def test_a_file_on_the_disk_of_ones_own_server_is_not_read(
    channel: TelegramChannel, telegram: FakeTelegram, tmp_path: Path
) -> None:
    here = tmp_path / "photo.png"
    here.write_bytes(PHOTO)
    assert await missing(channel, telegram.upload(PHOTO, str(here))) is Missing.UNREACHABLE


@pytest.mark.parametrize(
    ("asked", "fault"),
    [("getFile", Lost(reset=True)), ("getFile", Refusal(500, "Internal Server Error")), ("file", Lost(reset=True))],
)
async def test_while_telegram_is_away_it_may_come_later(
    channel: TelegramChannel, telegram: FakeTelegram, asked: str, fault: Lost | Refusal
) -> None:
    telegram.fail_next(asked, fault)
    file = telegram.upload(PHOTO)
    assert await missing(channel, file) is Missing.UNREACHABLE
    assert await fetched(channel, file) == PHOTO


async def test_a_refused_bot_is_no_fault_of_the_file(channel: TelegramChannel, telegram: FakeTelegram) -> None:
    telegram.fail_next("getFile", Refusal(401, "Unauthorized"), Refusal(429, "Too Many Requests", {"retry_after": 3}))
    file = telegram.upload(PHOTO)
    with pytest.raises(DeliveryError) as refused:
        await fetched(channel, file)
    assert refused.value.of_account
    with pytest.raises(DeliveryError) as busy:
        await fetched(channel, file)
    assert (busy.value.permanent, busy.value.retry_after) == (False, 3)


async def test_no_log_holds_the_token(
    channel: TelegramChannel, telegram: FakeTelegram, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore"):  # as somebody sets them who looks for a fault
        caplog.set_level(logging.DEBUG, logger=name)
    file = telegram.upload(PHOTO)
    assert await fetched(channel, file) == PHOTO
    telegram.files[file["file_id"]].there = False
    assert await missing(channel, file) is Missing.GONE
    assert "photos/file_1.png" in caplog.text
    assert TOKEN.partition(":")[2] not in caplog.text
