"""A real homeserver, people at it, and the whole front line."""

from __future__ import annotations

import asyncio
from pathlib import Path

from nio import AsyncClient, RoomPreset
from sqlalchemy import select

from bot.assembly import FrontLine
from bot.storage.tables import conversation, event, message, reply
from tests.integration.channels.matrix.bench import CANCEL, PATIENCE, Bot, hears, messages, until
from tests.synapse import Person, Synapse


async def test_a_customer_invites_the_bot_asks_and_is_answered(server: Synapse, zoe: Person, tmp_path: Path) -> None:
    bot = Bot(server, tmp_path)
    async with bot.serving() as house:
        room = await zoe.opens_room(bot.id)
        await zoe.says(room, CANCEL)  # before the bot has entered
        said = await hears(zoe, room, bot.id, 2)
        [row] = await messages(house, 1)
        [talk] = await house.store.read(lambda connection: connection.execute(select(conversation)).all())
    assert row.text == CANCEL
    assert talk.chat == room
    assert "Computerprogramm" in said[0]["body"]
    assert "Kündigungsbutton" in said[1]["body"]
    assert {one["msgtype"] for one in said} == {"m.notice"}
    assert "<strong>Vertrag</strong>" in said[1]["formatted_body"]


async def test_edits_and_deletions_reach_their_message_also_in_threads(
    server: Synapse, zoe: Person, tmp_path: Path
) -> None:
    bot = Bot(server, tmp_path)
    async with bot.serving() as house:
        room = await zoe.opens_room(bot.id)
        root = await zoe.says(room, "Es klingt wie ein Frosch mit Husten")
        await hears(zoe, room, bot.id, 1)
        thread = {"m.relates_to": {"rel_type": "m.thread", "event_id": root}}
        inner = await zoe.says(room, "Und hier unten?", **thread)
        await messages(house, 2)
        for edited, text in ((root, CANCEL), (inner, "Und dort oben?")):
            new = {"m.new_content": {"msgtype": "m.text", "body": text}}
            await zoe.says(room, f"* {text}", **new, **{"m.relates_to": {"rel_type": "m.replace", "event_id": edited}})
        await until(lambda: texts_are(house, [CANCEL, "Und dort oben?"]))
        await zoe.client.room_redact(room, inner)
        await until(lambda: revised(house, inner, 2))
        rows = await messages(house, 2)
        keys = await house.store.read(
            lambda connection: connection.execute(select(conversation.c.thread)).scalars().all()
        )
    assert [row.revision for row in rows] == [1, 2]
    assert sorted(keys) == sorted(["", root])


async def texts_are(house: FrontLine, texts: list[str]) -> bool:
    rows = await house.store.read(lambda connection: connection.execute(select(message).order_by(message.c.id)).all())
    return [row.text for row in rows] == texts


async def revised(house: FrontLine, event_id: str, times: int) -> bool:
    query = select(message.c.revision).where(message.c.vendor_id == event_id)
    return bool(await house.store.read(lambda connection: connection.execute(query).scalar()) == times)


async def test_a_thread_is_a_conversation_of_its_own_and_answered_in_it(
    server: Synapse, zoe: Person, tmp_path: Path
) -> None:
    bot = Bot(server, tmp_path)
    async with bot.serving():
        room = await zoe.opens_room(bot.id)
        root = await zoe.says(room, "hallo")
        await hears(zoe, room, bot.id, 1)
        before = len(zoe.heard(room, bot.id))
        await zoe.says(room, CANCEL, **{"m.relates_to": {"rel_type": "m.thread", "event_id": root}})
        said = await hears(zoe, room, bot.id, before + 2)
    relation = said[-1]["m.relates_to"]
    assert (relation["rel_type"], relation["event_id"], relation["is_falling_back"]) == ("m.thread", root, True)


async def test_in_a_room_of_several_only_what_is_said_to_the_bot_is_heard(
    server: Synapse, zoe: Person, tmp_path: Path
) -> None:
    bot = Bot(server, tmp_path, groups=True)
    async with bot.serving() as house, Person(server, "ben", "Ben") as ben:
        room = await zoe.opens_room(ben.id, bot.id, direct=False, preset=RoomPreset.trusted_private_chat)
        await ben.look()
        await ben.says(room, "Ich mag den Chef nicht")
        asked = await zoe.says(room, f"Fernblick: {CANCEL}", **{"m.mentions": {"user_ids": [bot.id]}})
        said = await hears(zoe, room, bot.id, 2)
        [row] = await messages(house, 1)
        kept = await house.store.read(lambda connection: str(connection.execute(select(event.c.raw)).scalars().all()))
    assert row.text == CANCEL
    assert said[0]["m.relates_to"]["m.in_reply_to"]["event_id"] == asked
    assert "Chef" not in kept


async def test_an_invitation_to_a_room_of_several_is_declined_where_they_are_not_wanted(
    server: Synapse, zoe: Person, tmp_path: Path
) -> None:
    bot = Bot(server, tmp_path)
    async with bot.serving() as house:
        room = await zoe.opens_room(bot.id, direct=False)

        async def declined() -> bool:
            await zoe.look(200)
            return bot.id not in zoe.client.rooms[room].users

        await until(declined)
        assert await messages(house, 0) == []


async def test_whatever_was_said_while_nobody_was_there_is_read_once(
    server: Synapse, zoe: Person, tmp_path: Path
) -> None:
    bot = Bot(server, tmp_path)
    async with bot.serving() as house:
        room = await zoe.opens_room(bot.id)
        await zoe.says(room, "hallo")
        await messages(house, 1)
    many = 230  # more than two pages
    for number in range(many):
        await zoe.says(room, f"Nachricht {number}")
    async with bot.serving() as house:
        async with asyncio.timeout(PATIENCE):
            while len(await stored(house)) < many + 1:
                await asyncio.sleep(0.1)
        assert await stored(house) == ["hallo", *(f"Nachricht {number}" for number in range(many))]


async def stored(house: FrontLine) -> list[str]:
    query = select(message.c.text).order_by(message.c.id)
    return list(await house.store.read(lambda connection: connection.execute(query).scalars().all()))


async def test_a_person_at_the_bots_account_takes_over_and_the_bots_own_words_do_not(
    server: Synapse, zoe: Person, tmp_path: Path
) -> None:
    bot = Bot(server, tmp_path)
    async with bot.serving() as house:
        room = await zoe.opens_room(bot.id)
        await zoe.says(room, "hallo")
        await hears(zoe, room, bot.id, 2)
        phone = AsyncClient(server.url, bot.id)
        await phone.login("secret", device_name="a colleague's phone")
        await phone.room_send(room, "m.room.message", {"msgtype": "m.text", "body": "Hier ist Marta."})
        await phone.close()

        async def taken() -> bool:
            owners = await house.store.read(lambda connection: connection.execute(select(conversation.c.owner)).all())
            return [row.owner for row in owners] == ["agent"]

        await until(taken)
        await zoe.says(room, CANCEL)
        rows = await messages(house, 2)
        await zoe.look()
    assert rows[1].state == "with_agent"
    assert [one["body"] for one in zoe.heard(room, bot.id)][2:] == ["Hier ist Marta."]


async def test_what_the_customer_has_read_is_known_and_the_customer_sees_that_we_have(
    server: Synapse, zoe: Person, tmp_path: Path
) -> None:
    bot = Bot(server, tmp_path)
    async with bot.serving() as house:
        room = await zoe.opens_room(bot.id)
        asked = await zoe.says(room, "hallo")
        await hears(zoe, room, bot.id, 1)

        async def seen() -> bool:
            await zoe.look(200)
            receipts = zoe.client.rooms[room].read_receipts
            return bot.id in receipts and receipts[bot.id].event_id == asked

        await until(seen)
        [latest] = [one.event_id for where, one in zoe.events if where == room and one.sender == bot.id][-1:]
        await zoe.client.update_receipt_marker(room, latest)

        async def read() -> bool:
            rows = await house.store.read(lambda connection: connection.execute(select(reply.c.read_at)).all())
            return bool(rows) and all(row.read_at is not None for row in rows)

        await until(read)


async def test_a_customer_who_leaves_is_written_to_no_more(server: Synapse, zoe: Person, tmp_path: Path) -> None:
    bot = Bot(server, tmp_path)
    async with bot.serving() as house:
        room = await zoe.opens_room(bot.id)
        await zoe.says(room, "hallo")
        await hears(zoe, room, bot.id, 1)
        await zoe.client.room_leave(room)

        async def blocked() -> bool:
            rows = await house.store.read(lambda connection: connection.execute(select(conversation.c.blocked)).all())
            return [row.blocked for row in rows] == [True]

        await until(blocked)
