"""Private messages: ours are read once, and nobody else's at all."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from bot.assembly import FrontLine
from bot.channels.discourse import DiscourseChannel
from bot.errors import DeliveryError
from bot.storage.tables import event
from tests.fakes.discourse import FakeDiscourse
from tests.fakes.discourse_world import BEN, BOT, ZOE
from tests.integration.channels.discourse.bench import CANCEL, PATIENCE, posted, settings_for, settled
from tests.integration.channels.living import reasons


async def test_private_messages_to_us_are_answered_and_those_of_others_never_kept(
    forum: FakeDiscourse, house: FrontLine
) -> None:
    async with asyncio.timeout(PATIENCE):
        while "private messages are read from here on" not in await reasons(house):
            await asyncio.sleep(0.02)
    forum.writes_to(ZOE, "Geheim", "Meine IBAN ist DE02120300000000202051", BEN)
    ours = forum.writes_to(ZOE, "Vertrag", CANCEL, BOT)
    assert set(await forum.push()) == {200}
    [introduction] = await posted(forum, ours)
    assert "Mitarbeiter" in introduction
    kept = await house.store.read(lambda connection: str(connection.execute(select(event.c.raw)).scalars().all()))
    assert "DE0212" not in kept
    [row] = await settled(house, 1)
    assert row.text == f"Vertrag\n\n{CANCEL}"


async def test_private_messages_from_before_the_first_start_are_left_alone_and_later_ones_read_once(
    forum: FakeDiscourse,
) -> None:
    forum.writes_to(ZOE, "Alt", "Das war vor langer Zeit.", BOT)
    heard: list[Any] = []
    progress: dict[str, Any] = {}
    full = [OSError("disk full")]

    async def accept(events: Any, at: Any) -> None:
        if full and any(one.text for one in events):
            raise full.pop()
        heard.extend(one.text for one in events if one.text)
        progress.update(at)

    for text in ("Neu ist dies.", "Und das auch."):
        channel = DiscourseChannel(settings_for(forum), sleep=_soon)
        polling = asyncio.create_task(channel.poll(dict(progress), accept))
        async with asyncio.timeout(PATIENCE):
            while "post" not in progress:
                await asyncio.sleep(0.01)
            forum.writes_to(ZOE, "Betreff", text, BOT)
            while f"Betreff\n\n{text}" not in heard:
                await asyncio.sleep(0.01)
        polling.cancel()
        await asyncio.gather(polling, return_exceptions=True)
        await channel.close()
    assert dict.fromkeys(heard) == dict.fromkeys(["Betreff\n\nNeu ist dies.", "Betreff\n\nUnd das auch."])


async def test_an_administrator_is_not_shown_everybodys_private_messages(forum: FakeDiscourse) -> None:
    forum.admin = True
    channel = DiscourseChannel(settings_for(forum))
    with pytest.raises(DeliveryError, match="administrator") as refused:
        await channel.poll({}, _nowhere)
    assert refused.value.permanent
    assert not any(path == "/private-posts.json" for _, path, _ in forum.calls)
    assert "take that right away" in await channel.check()
    await channel.close()


async def _soon(_seconds: float) -> None:
    await asyncio.sleep(0.01)


async def _nowhere(_events: Any, _progress: Any) -> None:
    raise AssertionError("nothing is to be kept")
