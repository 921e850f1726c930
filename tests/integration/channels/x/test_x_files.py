"""Photos and videos on X: an agent sees what the customer sent, or why not."""

from __future__ import annotations

from typing import Any

import pytest

from bot.assembly import FrontLine
from bot.domain.message import Attachment, Missing
from bot.errors import FileMissing
from tests.fakes.x import FakeX
from tests.integration.channels.at_desk import PHOTO, WISH, files_of
from tests.integration.channels.elsewhere import elsewhere
from tests.integration.channels.living import quiet
from tests.integration.channels.x.bench import direct, direct_message, door, mention

OF_DIRECT, OF_POST = "/1.1/ton/data/dm/1/2/dose.png", "/media/dose.png"


def with_photo(payload: dict[str, Any], address: str) -> dict[str, Any]:
    """The same with a photo attached."""
    photo = {"id_str": "77", "type": "photo", "media_url_https": address, "url": "https://t.co/dose"}
    for message in payload.get("direct_message_events", []):
        message["message_create"]["message_data"]["attachment"] = {"type": "media", "media": photo}
    for tweet in payload.get("tweet_create_events", []):
        tweet["extended_entities"] = {"media": [photo]}
    return payload


async def test_a_photo_in_a_direct_message_reaches_the_agent(house: FrontLine, x: FakeX) -> None:
    x.media[OF_DIRECT] = PHOTO
    said = with_photo(direct_message(WISH, "1002000000000000601"), x.base_url + OF_DIRECT)
    assert await x.call(door(house), said) == 200
    await quiet(house)
    assert await files_of(house) == [("photo.png", PHOTO)]


async def test_a_photo_in_a_post_reaches_the_agent(house: FrontLine, x: FakeX) -> None:
    x.media[OF_POST] = PHOTO
    assert await x.call(door(house), with_photo(mention(WISH), x.base_url + OF_POST)) == 200
    await quiet(house)
    assert await files_of(house) == [("photo.png", PHOTO)]


async def test_of_a_photo_that_x_does_not_have_any_more_the_agent_is_told(house: FrontLine, x: FakeX) -> None:
    said = with_photo(direct_message(WISH, "1002000000000000602"), x.base_url + OF_DIRECT)
    assert await x.call(door(house), said) == 200
    await quiet(house)
    assert await files_of(house) == [("", "gone")]


async def test_an_address_that_is_none_of_xs_is_never_asked(house: FrontLine, x: FakeX) -> None:
    async with elsewhere() as place:
        said = with_photo(direct_message(WISH, "1002000000000000603"), place.address())
        assert await x.call(door(house), said) == 200
        await quiet(house)
        assert await files_of(house) == [("", "gone")]
    assert place.visits == 0


async def test_what_is_asked_for_by_more_than_a_path_is_signed_as_a_whole(x: FakeX) -> None:
    x.media["/dm_video/1/vid/a.mp4"] = PHOTO
    async with direct(x) as channel:
        video = Attachment("video", source=f"{x.base_url}/dm_video/1/vid/a.mp4?tag=12&of=a%20b")
        assert await channel.fetch(video) == PHOTO


async def test_refused_keys_are_no_word_on_the_file(x: FakeX) -> None:
    x.media[OF_DIRECT] = PHOTO
    async with direct(x, access_token_secret="revoked") as channel:
        with pytest.raises(FileMissing) as missing:
            await channel.fetch(Attachment("photo", source=x.base_url + OF_DIRECT))
    assert missing.value.why is Missing.UNREACHABLE
