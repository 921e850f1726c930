"""What must hold after everything that happened: nothing lost, nothing out of order, nothing silently doubled."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Row, func, select, text
from sqlalchemy.exc import DBAPIError

from bench.processes import ROOT
from bot.domain.reply import ReplyState
from bot.storage.tables import OPEN_MESSAGES, OPEN_REPLIES, attempt, conversation, message, process, reply
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_world import ME
from tests.reliability.crowd import Crowd

_SENT = attempt.c.outcome == "sent"
Place = tuple[str, str]
"""A channel and a chat."""


def rows_of(engine: Engine, statement: Any) -> Sequence[Row[Any]]:
    """What the database says now."""
    with engine.connect() as connection:
        return connection.execute(statement).all()


def open_work(engine: Engine) -> int:
    """How many messages and replies are still to be worked on."""
    open_ones = ((message, OPEN_MESSAGES), (reply, OPEN_REPLIES))
    counts = (select(func.count()).select_from(table).where(text(states)) for table, states in open_ones)
    return sum(rows_of(engine, count)[0][0] for count in counts)


def stored(engine: Engine) -> int:
    """How many messages there are."""
    return int(rows_of(engine, select(func.count()).select_from(message))[0][0])


def settled(engine: Engine) -> int:
    """How many of them are in a final state."""
    return int(
        rows_of(engine, select(func.count()).select_from(message).where(message.c.settled_at.is_not(None)))[0][0]
    )


def settled_at(engine: Engine, places: Collection[Place]) -> int:
    """How many messages of these places are."""
    rows = _by_place(engine, message, message.c.settled_at)
    return sum(row.settled_at is not None for place in places for row in rows[place])


def processes(engine: Engine) -> set[int]:
    """The numbers of processes that work, and of those that nobody has missed yet."""
    return {row.id for row in rows_of(engine, select(process.c.id))}


async def hold_back(crowd: Crowd, engine: Engine, most: int) -> None:
    """Let a crowd wait while more than so much is open, so that each blow meets messages and replies in every state; until cancelled."""
    while True:
        with contextlib.suppress(DBAPIError):  # the database has been hit
            crowd.waits = await asyncio.to_thread(open_work, engine) > most
        await asyncio.sleep(0.2)


def announced(engine: Engine) -> int:
    """How many replies are being sent, as far as the database knows."""
    return int(rows_of(engine, select(func.count()).select_from(reply).where(reply.c.state == "sending"))[0][0])


def uncertain(engine: Engine) -> int:
    """How many replies there are of which nobody knows whether they arrived."""
    return int(rows_of(engine, select(func.count()).select_from(reply).where(reply.c.state == "uncertain"))[0][0])


def doubts(engine: Engine) -> list[Any]:
    """Each attempt of which nobody knows whether it arrived, with the reason and its times."""
    columns = (attempt.c.reply_id, attempt.c.detail, attempt.c.started_at, attempt.c.ended_at)
    return list(rows_of(engine, select(*columns).where(attempt.c.outcome == ReplyState.UNCERTAIN.value)))


def check_received(engine: Engine, said: Mapping[Place, list[str]]) -> None:
    """Everything said is stored once, in the order it was said, and is in a final state."""
    rows = _by_place(engine, message, message.c.text, message.c.state)
    assert {place: [row.text for row in found] for place, found in rows.items()} == dict(said)
    states = {row.state for found in rows.values() for row in found}
    assert states <= {"answered", "with_agent"}, states


def check_replies_final(engine: Engine) -> None:
    """Every reply has been sent, or is called uncertain."""
    states = {row.state for row in rows_of(engine, select(reply.c.state))}
    assert states <= {"sent", "uncertain"}, states


def check_answered(engine: Engine) -> None:
    """Each message that counts as answered was answered once, in the order of the messages."""
    answered = rows_of(engine, select(message.c.id).where(message.c.state == "answered"))
    for place, replies in _by_place(engine, reply, reply.c.message_id, reply.c.kind).items():
        turns = [row.message_id for row in replies if row.message_id is not None]
        assert turns == sorted(turns), place
    got = {row.message_id for row in rows_of(engine, select(reply.c.message_id))}
    assert {row.id for row in answered} <= got


def check_sent(engine: Engine, telegram: FakeTelegram, *, late: bool = False) -> None:
    """Telegram got what each attempt called sent says it got, once and in order; what else it got belongs to an attempt called uncertain.

    `late`: that may have come behind what was sent after it, as happens where a process or a network stands still for a while.
    """
    places = _by_place(engine, reply, attempt.c.outcome, reply.c.vendor_id, reply.c.text, order=attempt.c.id)
    for (channel, chat), attempts in places.items():
        if channel == "telegram":
            got = [row for row in telegram.chat(int(chat)).messages if row["from"] == ME]
            _check_chat(got, [row for row in attempts if row.outcome != "failed"], late)
    doubled = Counter(row.reply_id for row in rows_of(engine, select(attempt.c.reply_id).where(_SENT)))
    assert not doubled or max(doubled.values()) == 1


def _check_chat(got: Sequence[Mapping[str, Any]], attempts: Sequence[Row[Any]], late: bool) -> None:
    assert {row.outcome for row in attempts} <= {"sent", "uncertain"}, attempts
    known = {row.vendor_id for row in attempts if row.outcome == "sent"}
    if late:
        assert len(got) <= len(attempts), f"Telegram got {len(got)}, and {len(attempts)} were sent"
        got = [one for one in got if str(one["message_id"]) in known]
    ahead = iter(attempts)
    for one in got:
        number = str(one["message_id"])
        for row in ahead:
            if row.outcome == "sent" or number not in known:  # of what is uncertain some arrived and some did not
                break
        else:
            raise AssertionError(f"Telegram got what nobody sent: {one['text']!r}")
        assert row.outcome == "uncertain" or row.vendor_id == number, f"out of order: {one['text']!r}, not {row.text!r}"
    assert {row.outcome for row in ahead} <= {"uncertain"}, "called sent, and never arrived"


def _by_place(engine: Engine, table: Any, *columns: Any, order: Any = None) -> dict[Place, list[Row[Any]]]:
    joined = conversation.join(table) if order is None else conversation.join(table).join(attempt)
    query = select(conversation.c.channel, conversation.c.chat, *columns).select_from(joined)
    rows = defaultdict(list)
    for row in rows_of(engine, query.order_by(table.c.conversation_id, table.c.position if order is None else order)):
        rows[(row.channel, row.chat)].append(row)
    return rows


def check_ledger(home: Path, **environment: str) -> None:
    """What an operator would ask: `frontline ledger` says that it balances."""
    command, values = [sys.executable, "-m", "bot", "ledger"], {"FRONTLINE_HOME": str(home), **environment}
    told = subprocess.run(command, cwd=ROOT, env=values, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr
