"""What comes in is durable before we go on behind it: crashes, full disks, odd events, ended tokens."""

from __future__ import annotations

import asyncio
import logging
import secrets
from pathlib import Path
from typing import Any

import pytest
from nio import AsyncClient
from nio.event_builders import ToDeviceMessage
from sqlalchemy import select

from bot.errors import DeliveryError, StorageFull
from bot.storage.progress import load_progress
from bot.storage.store import Store
from bot.storage.tables import message
from tests.integration.channels.matrix.bench import PATIENCE, Desk, began_with, channel_at, entered, saying, until
from tests.synapse import Person, Synapse


async def test_a_poller_killed_between_message_and_progress_stores_once(
    server: Synapse, zoe: Person, store: Store
) -> None:
    async with channel_at(server) as channel:
        desk = Desk(channel, store)
        name = channel.account.partition(":")[0].removeprefix("@")
        async with desk.polling():
            room = await began_with(zoe, desk)
            desk.dies_at = "Nur einmal"
            await zoe.says(room, "Nur einmal")
            await asyncio.wait_for(desk.died.wait(), PATIENCE)
    async with channel_at(server, name) as channel:
        desk = Desk(channel, store)
        async with desk.polling():
            await zoe.says(room, "und dann")
            await until(lambda: desk.has("hallo", "Nur einmal", "und dann"))


async def test_the_same_answer_twice_counts_once_and_a_full_disk_loses_nothing(
    server: Synapse, zoe: Person, store: Store
) -> None:
    async with channel_at(server) as channel:
        desk = Desk(channel, store)
        async with desk.polling():
            room = await began_with(zoe, desk)
            desk.refuse = [StorageFull("no room"), OSError("disk gone")]
            await zoe.says(room, "eins")
            await until(lambda: desk.has("hallo", "eins"))
        account = channel.account
        old = await store.read(lambda connection: load_progress(connection, "matrix", account))
        await zoe.says(room, "zwei")
        for _ in range(2):
            task = asyncio.create_task(channel.poll(old, desk.accept))
            await until(lambda: desk.has("hallo", "eins", "zwei"))
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        assert await desk.has("hallo", "eins", "zwei")


async def test_what_was_said_before_the_first_start_is_history(server: Synapse, zoe: Person, store: Store) -> None:
    async with channel_at(server) as channel:
        room = await zoe.opens_room(channel.account)
        await channel._server.join(room)
        await zoe.says(room, "Das war früher")
        desk = Desk(channel, store)
        async with desk.polling():
            await desk.begun()
            await zoe.says(room, "Das ist neu")
            await until(lambda: desk.has("Das ist neu"))


async def test_an_upgraded_room_is_followed(server: Synapse, zoe: Person, store: Store) -> None:
    async with channel_at(server) as channel:
        desk = Desk(channel, store)
        async with desk.polling():
            room = await began_with(zoe, desk)
            new = await zoe.upgrades(room)
            await zoe.client.room_invite(new, channel.account)
            await entered(zoe, new, channel.account)
            await zoe.says(new, "und hier weiter")
            await until(lambda: desk.has("hallo", "und hier weiter"))


async def test_a_token_that_ended_is_for_good_and_a_password_signs_in_anew(
    server: Synapse, zoe: Person, store: Store
) -> None:
    name = f"fernblick-{secrets.token_hex(4)}"
    token = server.register(name, "secret")
    async with channel_at(server, name, password="", token=token) as channel:
        assert channel.account in await channel.check()
        stranger = AsyncClient(server.url, channel.account)
        await stranger.login("secret")
        await stranger.logout(all_devices=True)
        await stranger.close()
        with pytest.raises(DeliveryError, match="token") as refused:
            await channel.poll({}, _nowhere)
        assert refused.value.permanent
        assert token not in str(refused.value)
    async with channel_at(server, name) as channel:
        desk = Desk(channel, store)
        async with desk.polling():
            room = await began_with(zoe, desk)
            other = AsyncClient(server.url, channel.account)
            await other.login("secret")
            await other.logout(all_devices=True)
            await other.close()
            await zoe.says(room, "noch da?")
            await until(lambda: desk.has("hallo", "noch da?"))
            assert await channel.send(saying(channel, room, "Ja."))


async def _nowhere(_events: Any, _progress: Any) -> None:
    raise AssertionError("nothing is to be kept")


async def test_what_nobody_can_read_stops_nobody_and_reaches_no_log(
    server: Synapse, zoe: Person, tmp_path: Path, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    odd: list[tuple[str, Any]] = [
        ("m.room.message", {"msgtype": 5, "body": {"geheimnis": []}}),
        ("m.room.message", {"msgtype": "m.image", "body": "geheimnis", "info": "x", "url": 7}),
        ("m.room.encrypted", {"geheimnis": True}),
        ("m.room.encrypted", {"algorithm": ["geheimnis"]}),
        ("m.room.redaction", {"redacts": {"geheimnis": 1}}),
        ("m.sticker", {"body": "geheimnis"}),
        ("m.reaction", {"m.relates_to": "geheimnis"}),
    ]
    async with channel_at(server, keys=tmp_path / "keys") as channel:
        desk = Desk(channel, store)
        async with desk.polling():
            room = await began_with(zoe, desk)
            for kind, content in odd:
                await zoe.client.room_send(room, kind, content)
            stray = {"geheimnis": 1}
            await zoe.client.to_device(ToDeviceMessage("m.room.encrypted", channel.account, "FRONTLINE", stray))
            await zoe.client.to_device(ToDeviceMessage("m.room_key", channel.account, "FRONTLINE", stray))
            await zoe.says(room, "und ich?")
            await until(lambda: heard(store, "und ich?"))
        password = channel.settings.password
    ours = [record.getMessage() for record in caplog.records if record.name.startswith(("bot", "nio", "peewee"))]
    assert not [line for line in ours if "geheimnis" in line or "und ich" in line or channel._server.token in line]
    assert password not in " ".join(line for line in ours if "pass" in line)


async def heard(store: Store, text: str) -> bool:
    rows = await store.read(lambda connection: connection.execute(select(message.c.text)).scalars().all())
    return text in rows
