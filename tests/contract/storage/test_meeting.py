"""Two processes change something in one conversation in the same moment: one after the other, and each sees what the other did."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text

from bot.domain.reply import ReplyState
from bot.storage import inbox, outbox
from bot.storage.lanes import INBOX, OUTBOX
from bot.storage.rows import lock_conversation, now
from bot.storage.store import Store
from tests.contract.storage.conftest import System
from tests.contract.storage.customers import accept, answer, handed_over, reply_states, said, states

Unit = Callable[[Connection], Any]


@pytest.fixture(autouse=True)
def _only_where_processes_meet(system: System) -> None:
    if not system.shared:
        pytest.skip("SQLite is worked on by one process")


async def meet(system: System, first: Unit, second: Unit) -> Any:
    """`second` begins while `first` has done all it does and not committed yet; returns what `second` comes to."""
    engine = system.opened[0].engine
    with engine.begin() as connection:
        first(connection)
        task = asyncio.create_task(system.store().write(second))
        await _waits(engine, task)
    return await task


async def _waits(engine: Engine, task: asyncio.Task[Any]) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while not task.done() and not connection.execute(text("SELECT 1 FROM pg_locks WHERE NOT granted")).scalar():
            await asyncio.sleep(0.005)


def holding(unit: Unit) -> Unit:
    """As a turn does it: the conversation's row first."""

    def held(connection: Connection) -> Any:
        lock_conversation(connection, 1)
        return unit(connection)

    return held


@pytest.mark.parametrize("ends", [outbox.settle_send, outbox.postpone_send])
@pytest.mark.parametrize("queued_first", [True, False])
async def test_a_reply_that_comes_while_the_one_before_is_settled_is_sent(
    system: System, store: Store, ends: Any, queued_first: bool
) -> None:
    await store.write(accept(said("a", 1)))
    await store.write(answer(1))
    (started,) = await store.write(lambda c: outbox.start(c, 1))
    how = (ReplyState.SENT,) if ends is outbox.settle_send else (now(), "again")
    both: list[Unit] = [holding(answer(1)), lambda c: ends(c, started, *how)]
    await meet(system, *(both if queued_first else reversed(both)))
    assert await store.read(OUTBOX.any_free)


@pytest.mark.parametrize("accepted_first", [True, False])
async def test_a_message_that_comes_while_the_one_before_is_settled_is_read(
    system: System, store: Store, accepted_first: bool
) -> None:
    await store.write(accept(said("a", 1)))
    (taken,) = await store.write(lambda c: inbox.take(c, 1))
    both: list[Unit] = [accept(said("a", 2)), handed_over(taken.message)]
    await meet(system, *(both if accepted_first else reversed(both)))
    assert await store.read(INBOX.any_free)


async def test_what_somebody_settles_who_is_believed_dead_is_not_taken_up(system: System, store: Store) -> None:
    number = (await system.presence()).number
    await store.write(accept(said("a", 1)))
    await store.write(answer(1))
    (taken,) = await store.write(lambda c: inbox.take(c, 1, number))
    (started,) = await store.write(lambda c: outbox.start(c, 1, number))

    assert await meet(system, handed_over(taken.message), lambda c: inbox.recover(c, [number])) == 0
    assert await store.read(states) == ["with_agent"]

    sent: Unit = lambda c: outbox.settle_send(c, started, ReplyState.SENT)  # noqa: E731
    assert await meet(system, sent, lambda c: outbox.recover(c, frozenset({"telegram"}), [number])) == (0, 0)
    assert await store.read(reply_states) == ["sent"]
