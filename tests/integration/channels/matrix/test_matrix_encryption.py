"""Encrypted rooms, with real keys on both sides."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path
from typing import Any

import pytest
from nio import RoomMessage
from sqlalchemy import select

from bot.errors import DeliveryError
from bot.storage.store import Store
from bot.storage.tables import event
from tests.integration.channels.matrix.bench import (
    CANCEL,
    Bot,
    Desk,
    began_with,
    channel_at,
    entered,
    hears,
    messages,
    saying,
    until,
)
from tests.synapse import Person, Synapse


async def test_an_encrypted_room_is_read_and_answered_encrypted_also_after_a_restart(
    server: Synapse, tmp_path: Path
) -> None:
    keys = tmp_path / "zoe"
    keys.mkdir()
    bot = Bot(server, tmp_path / "bot")
    async with Person(server, "zoe", "Zoë", keys) as zoe:
        async with bot.serving() as house:
            room = await zoe.opens_room(bot.id, encrypted=True)
            await entered(zoe, room, bot.id)
            await zoe.says(room, CANCEL)
            said = await hears(zoe, room, bot.id, 2)
            [row] = await messages(house, 1)
        assert row.text == CANCEL
        assert "Kündigungsbutton" in said[1]["body"]
        await zoe.says(room, "Was kostet mich ein Umzug?")  # while nobody is there
        async with bot.serving() as house:
            await hears(zoe, room, bot.id, len(said) + 1)
            rows = await messages(house, 2)
        assert rows[1].text == "Was kostet mich ein Umzug?"
    of_bot = [one for where, one in zoe.events if where == room and isinstance(one, RoomMessage)]
    assert all(one.decrypted for one in of_bot)


async def test_what_only_homeservers_may_decide_is_not_believed_from_inside_an_encrypted_message(
    server: Synapse, tmp_path: Path, store: Store
) -> None:
    (tmp_path / "zoe").mkdir()
    async with (
        Person(server, "zoe", "Zoë", tmp_path / "zoe") as zoe,
        channel_at(server, keys=tmp_path / "keys") as channel,
        (desk := Desk(channel, store)).polling(),
    ):
        await desk.begun()
        room = await zoe.opens_room(channel.account, encrypted=True)
        await entered(zoe, room, channel.account)
        said = await zoe.says(room, "bleibt")
        await until(lambda: desk.has("bleibt"))
        await zoe.client.room_send(room, "m.room.redaction", {"redacts": said})
        await zoe.client.room_send(room, "m.room.tombstone", {"replacement_room": "!elsewhere:fernblick.example"})
        await zoe.says(room, "danach")
        await until(lambda: desk.has("bleibt", "danach"))
    kinds = await store.read(lambda connection: connection.execute(select(event.c.kind, event.c.reason)).all())
    assert not [row for row in kinds if row.kind == "delete"]
    assert {row.reason for row in kinds} >= {
        f"unknown kind: encrypted m.room.{name}" for name in ("redaction", "tombstone")
    }


async def test_an_encrypted_message_without_a_key_is_answered_with_an_honest_word(
    server: Synapse, tmp_path: Path
) -> None:
    keys = tmp_path / "zoe"
    keys.mkdir()
    bot = Bot(server, tmp_path / "bot", encryption=False)
    async with bot.serving() as house, Person(server, "zoe", "Zoë", keys) as zoe:
        room = await zoe.opens_room(bot.id, encrypted=True)
        await entered(zoe, room, bot.id)
        await zoe.says(room, CANCEL)
        await zoe.says(room, "Bitte?")
        [word] = await hears(zoe, room, bot.id, 1)
        assert await messages(house, 0) == []
    assert "verschlüsselt" in word["body"]
    assert "encrypted" in word["body"]


async def test_a_device_whose_keys_are_elsewhere_is_not_given_others(
    server: Synapse, zoe: Person, tmp_path: Path, store: Store
) -> None:
    name = f"fernblick-{secrets.token_hex(4)}"
    told: dict[str, Any] = {"token": server.register(name, "secret", "Fernblick"), "password": ""}
    async with channel_at(server, name, keys=tmp_path / "here", **told) as channel, Desk(channel, store).polling():
        await began_with(zoe, Desk(channel, store))
    async with channel_at(server, name, keys=tmp_path / "elsewhere", **told) as channel:
        with pytest.raises(DeliveryError, match="other keys") as ended:
            await channel.poll({}, Desk(channel, store).accept)
    assert ended.value.permanent


async def test_the_keys_are_one_processs_at_a_time_and_the_next_takes_them_over(
    server: Synapse, tmp_path: Path, store: Store
) -> None:
    (tmp_path / "zoe").mkdir()
    name = f"fernblick-{secrets.token_hex(4)}"
    token = server.register(name, "secret", "Fernblick")
    told: dict[str, Any] = {"token": token, "password": "", "keys": tmp_path / "keys"}
    async with (
        Person(server, "zoe", "Zoë", tmp_path / "zoe") as zoe,
        channel_at(server, name, **told) as first,
        channel_at(server, name, **told) as second,
    ):
        one, two = Desk(first, store), Desk(second, store)
        async with one.polling():
            room = await zoe.opens_room(first.account, encrypted=True)
            await entered(zoe, room, first.account)
            await zoe.says(room, "eins")
            await until(lambda: one.has("eins"))
            with pytest.raises(DeliveryError) as elsewhere:
                await second.send(saying(second, room, "Hallo"))
            assert elsewhere.value.retry_after
            waiting = asyncio.create_task(second.poll({}, two.accept))
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        async with two.polling():
            await zoe.says(room, "zwei")
            await until(lambda: two.has("eins", "zwei"))
            await second.send(saying(second, room, "Hallo"))
            assert (await hears(zoe, room, second.account, 1))[0]["body"] == "Hallo"
