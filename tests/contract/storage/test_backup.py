"""A copy that is taken while messages pour in: it is one moment, whole, and work goes on from it."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Select, select

from bot.delivery.takeover import TakenOver, Takeover
from bot.domain.message import Message, MessageState
from bot.domain.reply import Reply, ReplyKind, ReplyState
from bot.storage import files, inbox, outbox
from bot.storage.live import LocalLive
from bot.storage.opening import opened
from bot.storage.store import Store
from bot.storage.tables import attempt, conversation, event, message, reply
from bot.storage.transfer import at, give, take
from tests.contract.storage.conftest import System
from tests.contract.storage.customers import accept, answer, reply_states, said

CHATS = 12
CHANNELS = ("telegram", "web")


async def write(store: Store, chat: int) -> None:
    """A customer who does not stop writing."""
    for number in itertools.count():
        await store.write(accept(said(chat, number, channel=CHANNELS[chat % 2])))
        await asyncio.sleep(0.02)  # between two messages


async def work(store: Store) -> None:
    """Takes messages, answers each twice."""

    def answer(connection: Connection, taken: Message) -> None:
        inbox.settle(connection, taken, MessageState.ANSWERED)
        for text in ("eins", "zwei"):
            draft = Reply(ReplyKind.BOT, text, "de")
            outbox.queue_reply(connection, taken.conversation_id, 0, draft, message_id=taken.id)

    while True:
        for one in await store.write(lambda c: inbox.take(c, 4)):
            await asyncio.sleep(0)
            await store.write(lambda c, taken=one.message: answer(c, taken))


async def send(store: Store) -> None:
    """Sends replies, each after an announcement."""
    while True:
        for one in await store.write(lambda c: outbox.start(c, 4)):
            await asyncio.sleep(0)
            await store.write(lambda c, sent=one: outbox.settle_send(c, sent, ReplyState.SENT))


def check_balance(connection: Connection) -> None:
    """Every delivery is one message, every place of a conversation is taken once, every send that is under way has been announced."""

    def column(statement: Select[Any]) -> list[Any]:
        return sorted(connection.execute(statement).scalars())

    assert column(select(message.c.event_id)) == column(select(event.c.id))
    places: dict[int, list[int]] = {}
    for table in (message, reply):
        for row in connection.execute(select(table.c.conversation_id, table.c.position)):
            places.setdefault(row.conversation_id, []).append(row.position)
    for row in connection.execute(select(conversation)):
        assert sorted(places[row.id]) == list(range(1, row.length + 1))
    answered = column(select(message.c.id).where(message.c.state == "answered"))
    assert column(select(reply.c.message_id)) == sorted(answered * 2)
    begun = column(select(attempt.c.reply_id).where(attempt.c.outcome == "sending"))
    assert begun == column(select(reply.c.id).where(reply.c.state == "sending"))


@contextlib.asynccontextmanager
async def load(store: Store) -> AsyncIterator[None]:
    """Messages pour in, are answered and sent."""
    async with asyncio.TaskGroup() as group:
        jobs = [*(write(store, chat) for chat in range(CHATS)), work(store), send(store)]
        tasks = [group.create_task(job) for job in jobs]
        yield
        for task in tasks:
            task.cancel()


async def grown(store: Store, size: int) -> None:
    """Wait until there are more messages."""
    while await store.read(lambda c: len(c.execute(select(message.c.id)).all())) <= size:
        await asyncio.sleep(0.01)


async def test_a_copy_is_one_moment(system: System, tmp_path: Path) -> None:
    sizes = []
    async with load(system.opened[0]):
        for number in range(3):
            part = tmp_path / f"{number}.part"
            part.touch()
            await asyncio.to_thread(take, system.url, part)
            files.examine(part, part.name)
            with opened(at(part)) as engine, engine.connect() as connection:
                check_balance(connection)
                sizes.append(len(connection.execute(select(message.c.id)).all()))
            await grown(system.opened[0], sizes[-1])  # nobody stands still meanwhile
    assert sizes == sorted(set(sizes))
    assert sizes[-1] > 0


async def test_what_was_on_its_way_out_is_not_sent_again(
    system: System, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """What waits in a copy may have been sent after it was made."""
    store, part = system.opened[0], tmp_path / "part"
    await store.write(accept(said("a", 1), said("b", 1, channel="web")))
    for conversation_id, text in ((1, "eins"), (1, "zwei"), (2, "drei"), (2, "vier")):
        await store.write(answer(conversation_id, text))
    assert len(await store.write(lambda c: outbox.start(c, 10))) == 2
    part.touch()
    take(system.url, part)
    with opened(at(part)) as engine, engine.connect() as connection:
        assert outbox.doubt(connection) == 2
    url = f"sqlite:///{tmp_path}/new.db" if not system.shared else request.getfixturevalue("postgres").database()
    give(part, url, tmp_path, force=False)

    restored = System(url, None)
    presence = await restored.presence()
    takeover = Takeover(restored.opened[0], LocalLive(), presence, frozenset({"web"}))
    assert await takeover.once() == TakenOver(messages=0, again=2, uncertain=2)
    assert await restored.opened[0].read(reply_states) == ["uncertain", "uncertain", "queued", "queued"]
    (again,) = await restored.opened[0].write(lambda c: outbox.start(c, 10))
    assert again.outgoing.reply.text == "drei"
    presence.close()
    restored.opened[0].close()
