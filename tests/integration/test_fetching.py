"""The worker that fetches customers' files: whatever a channel does, the agent sees the file or is told why not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.channels.base import Capabilities, Channel
from bot.channels.directory import Directory
from bot.delivery import fetching
from bot.delivery.fetching import MAX_FETCHES, Fetching
from bot.delivery.retry import Backoff
from bot.domain.message import Attachment, Missing
from bot.domain.reply import Outgoing, Receipt
from bot.errors import DeliveryError, FileMissing
from bot.storage import inbox
from bot.storage.live import LocalLive
from bot.storage.schema import upgrade
from bot.storage.store import Store
from bot.storage.transcript import transcript
from tests.contract.storage.customers import accept, handed_over, said

PATIENT = fetching.BACKOFF
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40


class Album(Channel):
    """A channel that has files, by the words they were sent with."""

    name, account, capabilities = "telegram", "1", Capabilities(max_text=4000)

    def __init__(self, **files: Callable[[], Awaitable[bytes]]) -> None:
        self._files = files
        self.asked: list[str] = []

    async def send(self, outgoing: Outgoing) -> Receipt:
        return Receipt("1")

    async def fetch(self, file: Attachment) -> bytes:
        self.asked.append(file.source)
        return await self._files[file.source]()


def gives(content: bytes) -> Callable[[], Awaitable[bytes]]:
    """A file that is there."""

    async def give() -> bytes:
        return content

    return give


def fails(error: Exception) -> Callable[[], Awaitable[bytes]]:
    """A file that is not."""

    async def fail() -> bytes:
        raise error

    return fail


async def hangs() -> bytes:
    """A vendor who never answers."""
    return await asyncio.get_running_loop().create_future()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """A database whose first conversation has a case."""
    made = Store(f"sqlite:///{tmp_path}/front.db", reserve_bytes=0)
    upgrade(made.engine)
    await made.write(accept(said("anna", 1)))
    [taken] = await made.write(lambda connection: inbox.take(connection, 1))
    await made.write(handed_over(taken.message))
    yield made
    made.close()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries again at once."""
    monkeypatch.setattr(fetching, "BACKOFF", Backoff(first=0.0, longest=0.0))


async def outcome(store: Store, album: Album, *, within: float = 5.0) -> dict[str, Any]:
    """Anna sends the album's file, and what has become of it in the end."""
    [source] = album._files
    await store.write(accept(replace(said("anna", 2), attachments=(Attachment("photo", "id", source=source),))))
    working = asyncio.create_task(Fetching(store, LocalLive(), Directory([album]), within=within).run())
    try:
        async with asyncio.timeout(30):
            while (found := await the_file(store))["missing"] == "coming":
                await asyncio.sleep(0.01)
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
    return found


async def the_file(store: Store) -> dict[str, Any]:
    """As the agent sees it."""
    items = await store.read(lambda connection: transcript(connection, 1))
    [file] = [one for item in items for one in item.attachments]
    return file


async def test_a_photo_arrives_with_a_name_and_its_real_kind(store: Store) -> None:
    found = await outcome(store, Album(photo=gives(PNG)))
    assert found["id"] is not None
    assert (found["name"], found["media_type"], found["size"]) == ("photo.png", "image/png", len(PNG))


async def test_what_no_agent_should_open_is_not_kept(store: Store) -> None:
    found = await outcome(store, Album(photo=gives(b"MZ\x90\x00 a program")))
    assert (found["id"], found["missing"]) == (None, "not_kept")


@pytest.mark.parametrize(
    ("error", "missing"),
    [
        (FileMissing(Missing.GONE), "gone"),
        (FileMissing(Missing.TOO_LARGE), "too_large"),
        (DeliveryError("no such file", permanent=True), "gone"),
    ],
)
async def test_what_is_lost_for_good_is_asked_for_once(store: Store, error: Exception, missing: str) -> None:
    album = Album(photo=fails(error))
    assert (await outcome(store, album))["missing"] == missing
    assert album.asked == ["photo"]


@pytest.mark.parametrize(
    "error",
    [
        FileMissing(Missing.UNREACHABLE),
        DeliveryError("the token is refused", permanent=True, of_account=True),
        RuntimeError("a bug"),
    ],
)
async def test_what_may_pass_is_tried_again_and_not_for_ever(store: Store, error: Exception) -> None:
    album = Album(photo=fails(error))
    assert (await outcome(store, album))["missing"] == "unreachable"
    assert album.asked == ["photo"] * MAX_FETCHES


async def test_a_vendor_who_never_answers_holds_up_nobody_for_ever(store: Store) -> None:
    assert (await outcome(store, Album(photo=hangs), within=0.01))["missing"] == "unreachable"


async def test_of_a_channel_that_is_not_set_up_any_more_nothing_comes(store: Store) -> None:
    album = Album(photo=gives(PNG))
    album.account = "another"
    assert (await outcome(store, album))["missing"] == "unreachable"
    assert album.asked == []


def test_a_file_is_given_up_after_hours() -> None:
    waits = [PATIENT.wait(fetches) for fetches in range(1, MAX_FETCHES)]
    assert timedelta(hours=8) < sum(waits, timedelta()) < timedelta(days=1)
