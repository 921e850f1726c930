"""Files that are still with their channel: wanted once a case is open, fetched by one process at a time, and told of when they cannot be had."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine

from bot.domain.message import Attachment, EventKind, InboundEvent, Missing
from bot.storage import fetching, inbox
from bot.storage.attachments import load_file
from bot.storage.fetching import LEASE, Wanted
from bot.storage.store import Store
from bot.storage.transcript import transcript
from tests.contract.storage.conftest import System
from tests.contract.storage.customers import accept, handed_over, key, said

PHOTO = Attachment("photo", "id-1", source="photo-1")
PLACE = Attachment("location", "47.3,8.5")
FETCHED = Attachment("photo", name="photo.jpg", media_type="image/jpeg", size=3, content=b"jpg")


def sent(chat: str, number: int, *files: Attachment) -> InboundEvent:
    """A customer sends files."""
    return replace(said(chat, number, ""), attachments=files)


async def hand_over(store: Store) -> None:
    """The bot gives the next message to a person."""
    [taken] = await store.write(lambda connection: inbox.take(connection, 1))
    await store.write(handed_over(taken.message))


async def take(store: Store) -> list[Wanted]:
    """What there is to fetch."""
    return await store.write(lambda connection: fetching.take(connection, 10))


async def shown(store: Store, conversation: int = 1) -> list[dict[str, Any]]:
    """The files of a conversation as agents see them."""
    return [one for item in await store.read(lambda c: transcript(c, conversation)) for one in item.attachments]


async def test_a_file_is_wanted_once_its_conversation_has_a_case(store: Store) -> None:
    await store.write(accept(sent("anna", 1, PHOTO, PLACE), sent("zoe", 1, PHOTO)))
    assert await take(store) == []
    await hand_over(store)
    assert await store.read(fetching.any_due)
    [wanted] = await take(store)
    assert (wanted.key, wanted.file) == (key("anna"), PHOTO)
    assert [one["missing"] for one in await shown(store)] == ["coming", ""]
    assert [one["missing"] for one in await shown(store, 2)] == [""]


async def test_what_comes_to_an_open_case_is_wanted_at_once(store: Store) -> None:
    await store.write(accept(said("anna", 1)))
    await hand_over(store)
    await store.write(accept(sent("anna", 2, PHOTO)))
    await store.write(accept(sent("anna", 3, PHOTO), sent("anna", 4, PLACE)))  # as one batch
    assert [one.message_id for one in await take(store)] == [2, 3]


async def test_a_file_is_kept_and_handed_out(store: Store) -> None:
    await store.write(accept(sent("anna", 1, PHOTO)))
    await hand_over(store)
    [wanted] = await take(store)
    await store.write(lambda connection: fetching.keep(connection, wanted, FETCHED))
    [photo] = await shown(store)
    assert (photo["name"], photo["media_type"], photo["size"], photo["missing"]) == ("photo.jpg", "image/jpeg", 3, "")
    found = await store.read(lambda connection: load_file(connection, photo["id"]))
    assert found is not None
    assert found.content == b"jpg"
    assert not await store.read(fetching.any_due)


async def test_a_file_is_fetched_by_one_process_until_its_lease_ends(system: System, store: Store) -> None:
    await store.write(accept(sent("anna", 1, PHOTO)))
    await hand_over(store)
    assert [one.fetches for one in await take(store)] == [1]
    assert await take(system.store() if system.shared else store) == []
    with time_machine.travel(datetime.now(UTC) + LEASE + timedelta(seconds=1), tick=True):
        assert [one.fetches for one in await take(store)] == [2]


async def test_who_comes_late_changes_nothing(store: Store) -> None:
    await store.write(accept(sent("anna", 1, PHOTO)))
    await hand_over(store)
    [wanted] = await take(store)
    await store.write(lambda connection: fetching.keep(connection, wanted, FETCHED))
    await store.write(lambda connection: fetching.keep(connection, wanted, FETCHED))
    await store.write(lambda connection: fetching.miss(connection, wanted, Missing.UNREACHABLE))
    await store.write(lambda connection: fetching.postpone(connection, wanted, datetime.now(UTC)))
    [photo] = await shown(store)
    assert photo["id"] is not None
    assert photo["missing"] == ""
    assert not await store.read(fetching.any_due)


async def test_what_cannot_be_had_says_why_and_is_not_asked_for_again(store: Store) -> None:
    await store.write(accept(sent("anna", 1, PHOTO)))
    await hand_over(store)
    [wanted] = await take(store)
    await store.write(lambda connection: fetching.miss(connection, wanted, Missing.TOO_LARGE))
    assert [(one["id"], one["missing"]) for one in await shown(store)] == [(None, "too_large")]
    with time_machine.travel(datetime.now(UTC) + timedelta(days=1), tick=True):
        assert await take(store) == []


async def test_what_is_postponed_comes_again_in_time(store: Store) -> None:
    await store.write(accept(sent("anna", 1, PHOTO)))
    await hand_over(store)
    [wanted] = await take(store)
    later = datetime.now(UTC) + timedelta(minutes=10)
    await store.write(lambda connection: fetching.postpone(connection, wanted, later))
    assert await take(store) == []
    assert [one["missing"] for one in await shown(store)] == ["coming"]
    with time_machine.travel(later + timedelta(seconds=1), tick=True):
        assert [one.fetches for one in await take(store)] == [2]


async def test_what_the_customer_has_deleted_meanwhile_is_not_kept(store: Store) -> None:
    await store.write(accept(sent("anna", 1, PHOTO)))
    await hand_over(store)
    [wanted] = await take(store)
    await store.write(accept(InboundEvent(key("anna"), "deleted", EventKind.DELETE, "1")))
    await store.write(lambda connection: fetching.keep(connection, wanted, FETCHED))
    [photo] = await shown(store)
    assert photo["id"] is None
    assert await store.read(lambda connection: load_file(connection, wanted.id)) is None
