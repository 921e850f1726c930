"""Files in rooms: an agent sees what the customer sent, also where the room is encrypted, or why not."""

from __future__ import annotations

import base64
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import RawTestServer
from nio import AsyncClient

from bot.channels.matrix import MatrixChannel
from bot.channels.matrix.sources import source_of
from bot.domain.message import Attachment, Missing
from bot.errors import FileMissing
from tests.integration.channels.at_desk import PHOTO, WISH, files_of
from tests.integration.channels.elsewhere import elsewhere
from tests.integration.channels.matrix.bench import Bot, channel_at, entered, hears, messages
from tests.synapse import DOMAIN, Person, Synapse

PLACE = "mxc://elsewhere.example/dose"


async def test_a_photo_in_a_room_reaches_the_agent(server: Synapse, zoe: Person, tmp_path: Path) -> None:
    bot = Bot(server, tmp_path)
    async with bot.serving() as house:
        room = await zoe.opens_room(bot.id)
        await zoe.says(room, WISH)
        await zoe.shows(room, PHOTO, "dose.png")
        await messages(house, 2)
        assert await files_of(house) == [("dose.png", PHOTO)]


async def test_a_photo_in_an_encrypted_room_reaches_the_agent(server: Synapse, tmp_path: Path) -> None:
    (tmp_path / "zoe").mkdir()
    bot = Bot(server, tmp_path / "bot")
    async with Person(server, "zoe", "Zoë", tmp_path / "zoe") as zoe, bot.serving() as house:
        room = await zoe.opens_room(bot.id, encrypted=True)
        await entered(zoe, room, bot.id)
        await zoe.shows(room, PHOTO, "dose.png", sealed=True)
        await hears(zoe, room, bot.id, 1)
        await zoe.says(room, WISH)
        await messages(house, 2)
        assert await files_of(house) == [("dose.png", PHOTO)]


async def test_of_what_is_not_there_or_is_none_of_a_homeservers_the_agent_is_told(
    server: Synapse, zoe: Person, tmp_path: Path
) -> None:
    bot = Bot(server, tmp_path)
    async with bot.serving() as house, elsewhere() as place:
        room = await zoe.opens_room(bot.id)
        await zoe.says(room, WISH)
        for address in (f"mxc://{DOMAIN}/neverWasThere", place.address()):
            await zoe.says(room, "dose.png", msgtype="m.image", url=address)
        await messages(house, 3)
        assert await files_of(house, 2) == [("dose.png", "gone"), ("dose.png", "")]
    assert place.visits == 0


async def test_a_sealed_file_that_was_changed_on_its_way_is_not_shown(server: Synapse, zoe: Person) -> None:
    uploaded, _ = await zoe.client.upload(lambda *_: [PHOTO], "application/octet-stream", filesize=len(PHOTO))
    told = {"v": "v2", "key": {"alg": "A256CTR", "k": text(32)}, "iv": text(16), "hashes": {"sha256": text(32)}}
    source = source_of({"file": {"url": uploaded.content_uri, **told}})
    async with channel_at(server) as channel:
        assert await missed(channel, source) is Missing.GONE


async def test_who_was_signed_out_signs_in_again_for_a_file(server: Synapse, zoe: Person) -> None:
    uploaded, _ = await zoe.client.upload(lambda *_: [PHOTO], "image/png", filesize=len(PHOTO))
    photo = Attachment("photo", source=uploaded.content_uri)
    async with channel_at(server) as channel:
        assert await channel.fetch(photo) == PHOTO
        other = AsyncClient(server.url, channel.account, device_id=channel.settings.device)
        await other.login("secret")  # as the same device, which ends the token of before
        await other.close()
        assert await channel.fetch(photo) == PHOTO


# --- a homeserver from before Matrix 1.11 --------------------------------------------------------------------------


def old_homeserver(token: str, asked: list[tuple[str, bool]]) -> RawTestServer:
    """It knows our account by its `token`, and gives media to everybody. `asked`: the paths, and whether a token came along."""
    told = {"user_id": f"@fernblick:{DOMAIN}", "device_id": "FRONTLINE"}

    async def answer(request: web.BaseRequest) -> web.Response:
        given = request.headers.get("Authorization")
        asked.append((request.path, given is not None))
        if given not in (None, f"Bearer {token}"):
            return web.json_response({"errcode": "M_UNKNOWN_TOKEN"}, status=401)
        if request.path == "/_matrix/client/v3/account/whoami":
            return web.json_response(told)
        if request.path == "/_matrix/media/v3/download/elsewhere.example/dose":
            return web.Response(body=PHOTO)
        return web.json_response({"errcode": "M_UNRECOGNIZED"}, status=404)

    return RawTestServer(answer)


async def test_an_older_homeserver_is_asked_in_its_own_way_and_without_our_token(server: Synapse) -> None:
    asked: list[tuple[str, bool]] = []
    async with old_homeserver("good", asked) as old, at_old(server, old, "good") as channel:
        assert await channel.fetch(Attachment("photo", source=PLACE)) == PHOTO
    assert [one for one in asked if "download" in one[0]] == [
        ("/_matrix/client/v1/media/download/elsewhere.example/dose", True),
        ("/_matrix/media/v3/download/elsewhere.example/dose", False),
    ]


async def test_a_refused_token_is_no_word_on_the_file(server: Synapse) -> None:
    async with old_homeserver("another", []) as old, at_old(server, old, "ended") as channel:
        assert await missed(channel, PLACE) is Missing.UNREACHABLE


def at_old(server: Synapse, old: RawTestServer, token: str) -> AbstractAsyncContextManager[MatrixChannel]:
    """Our channel at the old one."""
    return channel_at(server, "fernblick", homeserver=str(old.make_url("")), token=token, password="")


async def missed(channel: MatrixChannel, source: str) -> Missing:
    with pytest.raises(FileMissing) as missing:
        await channel.fetch(Attachment("photo", source=source))
    return missing.value.why


def text(length: int) -> str:
    """So many bytes as Matrix writes them."""
    return base64.b64encode(bytes(length)).decode().rstrip("=")
