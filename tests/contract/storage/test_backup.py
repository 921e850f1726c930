"""A copy that is taken while messages pour in: it is one moment, whole, and work goes on from it."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select

from bot.delivery.takeover import TakenOver, Takeover
from bot.domain.message import Message, MessageState
from bot.domain.reply import Reply, ReplyKind, ReplyState
from bot.storage import files, inbox, outbox
from bot.storage.live import LocalLive
from bot.storage.opening import opened
from bot.storage.store import Store
from bot.storage.tables import message
from bot.storage.transfer import at, give, take
from tests.books import check_engine
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


def count(connection: Connection) -> int:
    """How many messages there are."""
    return connection.execute(select(func.count()).select_from(message)).scalar_one()


@contextlib.asynccontextmanager
async def load(store: Store) -> AsyncIterator[None]:
    """Messages pour in, are answered and sent."""
    async with asyncio.TaskGroup() as group:
        jobs = [*(write(store, chat) for chat in range(CHATS)), work(store), send(store)]
        tasks = [group.create_task(job) for job in jobs]
        yield
        for task in tasks:
            task.cancel()


async def test_a_copy_is_one_moment(system: System, tmp_path: Path) -> None:
    store, copied = system.opened[0], 0
    async with load(store):
        for number in range(3):
            while await store.read(count) <= copied:
                await asyncio.sleep(0.01)
            part = tmp_path / f"{number}.part"
            part.touch()
            await asyncio.to_thread(take, system.url, part)
            files.examine(part, part.name)
            with opened(at(part)) as engine, engine.connect() as connection:
                check_engine(engine)
                assert count(connection) > copied
                copied = count(connection)


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
        assert outbox.doubt(connection, frozenset({"web"}), "restored") == 1
    url = f"sqlite:///{tmp_path}/new.db" if not system.shared else request.getfixturevalue("postgres").database()
    give(part, url, tmp_path, force=False)

    restored = System(url, None)
    presence = await restored.presence()
    takeover = Takeover(restored.opened[0], LocalLive(), presence, frozenset({"web"}))
    assert await takeover.once() == TakenOver(messages=0, again=1, uncertain=1)
    assert await restored.opened[0].read(reply_states) == ["uncertain", "uncertain", "queued", "queued"]
    (again,) = await restored.opened[0].write(lambda c: outbox.start(c, 10))
    assert again.outgoing.reply.text == "drei"
    check_engine(restored.opened[0].engine)
    presence.close()
    restored.opened[0].close()
