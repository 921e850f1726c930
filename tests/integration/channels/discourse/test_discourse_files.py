"""Uploads of members: an agent sees what was sent to us, or why not."""

from __future__ import annotations

import asyncio

import pytest

from bot.assembly import FrontLine
from bot.channels.discourse import DiscourseChannel
from bot.domain.message import Attachment, Missing
from bot.errors import FileMissing
from tests.fakes.discourse import FakeDiscourse
from tests.fakes.discourse_world import BOT, ZOE
from tests.integration.channels.at_desk import PHOTO, files_of
from tests.integration.channels.discourse.bench import PATIENCE, settings_for, settled
from tests.integration.channels.elsewhere import elsewhere
from tests.integration.channels.living import reasons

TITLE, WORDS = "Seltsame Dose im Keller", "Was ist das für ein Ding? Es pfeift wie ein Murmeltier."


async def test_a_picture_and_a_file_in_a_topic_reach_the_agent(forum: FakeDiscourse, house: FrontLine) -> None:
    forum.members_only = True
    picture, file = forum.upload(PHOTO, "png"), forum.upload(b"%PDF-1.4 Rechnung", "pdf")
    forum.opens(ZOE, TITLE, f"{WORDS}\n![Dose|690x388]({picture})\n[Rechnung.pdf|attachment]({file}) (1.2 KB)")
    await forum.push()
    await settled(house, 1)
    assert await files_of(house, 2) == [("Dose.png", PHOTO), ("Rechnung.pdf", b"%PDF-1.4 Rechnung")]


async def test_a_picture_in_a_private_message_reaches_the_agent(forum: FakeDiscourse, house: FrontLine) -> None:
    async with asyncio.timeout(PATIENCE):
        while "private messages are read from here on" not in await reasons(house):
            await asyncio.sleep(0.02)
    forum.writes_to(ZOE, "Kann ich mit einem Menschen sprechen?", f"![Dose]({forum.upload(PHOTO, 'png')})", BOT)
    await settled(house, 1)
    assert await files_of(house) == [("Dose.png", PHOTO)]


async def test_of_an_upload_that_is_gone_the_agent_is_told(forum: FakeDiscourse, house: FrontLine) -> None:
    picture = forum.upload(PHOTO, "png")
    forum.uploads.clear()
    forum.opens(ZOE, TITLE, f"{WORDS}\n![Dose]({picture})")
    await forum.push()
    await settled(house, 1)
    assert await files_of(house) == [("Dose", "gone")]


async def test_neither_a_picture_from_elsewhere_nor_a_store_that_nobody_has_named_is_asked(
    forum: FakeDiscourse, house: FrontLine
) -> None:
    async with elsewhere() as place:
        forum.store = place.address(path="")
        picture = forum.upload(PHOTO, "png")
        forum.opens(ZOE, TITLE, f"{WORDS}\n![Foto]({place.address()})\n![Dose]({picture})")
        await forum.push()
        await settled(house, 1)
        assert await files_of(house, 2) == [("Foto", ""), ("Dose", "gone")]
    assert place.visits == 0


async def test_a_refused_key_is_no_word_on_the_file(forum: FakeDiscourse) -> None:
    channel = DiscourseChannel(settings_for(forum, api_key="revoked"))
    with pytest.raises(FileMissing) as missing:
        await channel.fetch(Attachment("photo", source=forum.upload(PHOTO, "png")))
    await channel.close()
    assert missing.value.why is Missing.UNREACHABLE


async def test_a_store_is_asked_once_it_is_named(forum: FakeDiscourse) -> None:
    forum.store = "https://uploads.invalid"  # where nobody ever is (RFC 6761, section 6.4)
    picture = Attachment("photo", source=forum.upload(PHOTO, "png"))
    for hosts, why in (((), Missing.GONE), (("uploads.invalid",), Missing.UNREACHABLE)):
        channel = DiscourseChannel(settings_for(forum, upload_hosts=hosts))
        with pytest.raises(FileMissing) as missing:
            await channel.fetch(picture)
        await channel.close()
        assert missing.value.why is why


async def test_uploads_wait_their_turn_with_all_that_the_key_is_used_for(forum: FakeDiscourse) -> None:
    async def never(_seconds: float) -> None:
        raise TimeoutError

    picture = Attachment("photo", source=forum.upload(PHOTO, "png"))
    channel = DiscourseChannel(settings_for(forum), sleep=never)
    for _ in range(50):
        assert await channel.fetch(picture) == PHOTO
    with pytest.raises(TimeoutError):
        await channel.fetch(picture)
    await channel.close()
    assert len(forum.calls) == 50
