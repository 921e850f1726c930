"""What is sent arrives as meant, once, and what fails is told truly."""

from __future__ import annotations

import pytest

from bot.channels.matrix import MatrixChannel
from bot.domain.conversation import ConversationKey
from bot.errors import DeliveryError
from bot.storage.store import Store
from tests.integration.channels.matrix.bench import Desk, began_with, channel_at, saying, until
from tests.synapse import DOMAIN, Person, Synapse


async def test_a_reply_sent_twice_arrives_once(server: Synapse, zoe: Person, store: Store) -> None:
    async with channel_at(server) as channel:
        desk = Desk(channel, store)
        async with desk.polling():
            room = await began_with(zoe, desk)
            first = await channel.send(saying(channel, room, "Hallo **Zoë**", markdown=True))
            again = await channel.send(saying(channel, room, "Hallo **Zoë**", markdown=True))
            other = await channel.send(saying(channel, room, "Hallo Zoë, aus einer neuen Datenbank"))
        await zoe.look()
    assert first == again != other
    assert [one["body"] for one in zoe.heard(room, channel.account)] == [
        "Hallo Zoë",
        "Hallo Zoë, aus einer neuen Datenbank",
    ]


async def many(channel: MatrixChannel, room: str) -> None:
    """More than an account may write in a second or two."""
    for number in range(20):
        await channel.send(saying(channel, room, f"Nachricht {number}"))


async def test_a_homeserver_that_asks_to_wait_is_told(server: Synapse, zoe: Person, store: Store) -> None:
    async with channel_at(server) as channel, (desk := Desk(channel, store)).polling():
        room = await began_with(zoe, desk)
        server.slow_down(channel.account, 1)
        with pytest.raises(DeliveryError) as slowed:
            await many(channel, room)
    assert not slowed.value.permanent
    assert 0 < (slowed.value.retry_after or 0) <= 20


async def test_a_long_reply_comes_in_parts(server: Synapse, zoe: Person, store: Store) -> None:
    text = 'Satz mit 😀 und "Zeichen". ' * 1500
    async with channel_at(server) as channel:
        async with (desk := Desk(channel, store)).polling():
            room = await began_with(zoe, desk)
            receipt = await channel.send(saying(channel, room, text))
        await zoe.look()
    parts = zoe.heard(room, channel.account)
    assert len(parts) > 1
    assert "".join(" ".join(one["body"] for one in parts).split()) == "".join(text.split())
    assert receipt.message_id.startswith("$")


async def test_where_we_may_not_write_is_told_for_good(server: Synapse, store: Store) -> None:
    async with channel_at(server) as channel:
        with pytest.raises(DeliveryError, match="M_FORBIDDEN") as refused:
            await channel.send(saying(channel, f"!nowhere:{DOMAIN}", "Hallo"))
        assert refused.value.permanent
        assert refused.value.certain


async def test_check_says_who_we_are_and_disturbs_nobody_who_serves(server: Synapse, zoe: Person, store: Store) -> None:
    async with channel_at(server) as channel:
        desk = Desk(channel, store)
        async with desk.polling():
            room = await began_with(zoe, desk)
            token = channel._server.token
            said = await MatrixChannel(channel.settings).check()
            await zoe.says(room, "noch da?")
            await until(lambda: desk.has("hallo", "noch da?"))
            assert channel._server.token == token
    assert said.startswith(f"{channel.account} (Fernblick), ")
    async with channel_at(server, password="wrong") as stranger:
        with pytest.raises(DeliveryError, match="M_FORBIDDEN"):
            await stranger.check()


async def test_a_customer_sees_that_an_answer_is_being_written(server: Synapse, zoe: Person, store: Store) -> None:
    async with channel_at(server) as channel:
        desk = Desk(channel, store)
        async with desk.polling():
            room = await began_with(zoe, desk)
            await channel.typing(ConversationKey("matrix", channel.account, room))

            async def seen() -> bool:
                await zoe.look(200)
                return channel.account in zoe.client.rooms[room].typing_users

            await until(seen)
        await channel.typing(ConversationKey("matrix", channel.account, f"!nowhere:{DOMAIN}"))
