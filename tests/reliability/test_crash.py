"""kill -9 under load: nothing lost, nothing out of order, nothing silently doubled.

The product runs as a process of its own and is killed at random moments; Telegram (a fake that keeps what it was sent) and the web chat's
customers live on, and do what they do in life: Telegram delivers again what was not confirmed, a page posts again what was not
acknowledged. The seed is printed; FRONTLINE_SEED repeats a run.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sqlite3
import uuid
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from tests.e2e.conftest import Served, serve
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.homes import fresh_home

KILLS = 5
CHATS, PAGES, MESSAGES = 50, 30, 7
SETTLED_WITHIN = 90.0


@dataclass
class Visitor:
    """A page: says everything in order, each until it is acknowledged, with one client id a message."""

    token: str = ""
    said: list[str] = field(default_factory=list)

    async def live(self, served: list[Served], number: int) -> None:
        async with aiohttp.ClientSession() as session:
            while not self.token:
                answer = await _insist(session, served, "start", {"language": "de"}, {})
                self.token = answer["token"]
            for count in range(MESSAGES):
                text = f"hallo {number}.{count}"
                body = {"client_id": str(uuid.uuid4()), "text": text}
                await _insist(session, served, "messages", body, {"Authorization": f"Bearer {self.token}"})
                self.said.append(text)
                await asyncio.sleep(random.uniform(0.05, 0.5))


async def _insist(
    session: aiohttp.ClientSession, served: list[Served], door: str, body: dict[str, str], headers: dict[str, str]
) -> dict[str, str]:
    while True:
        try:
            url = f"{served[-1].url}/chat/api/{door}"
            async with session.post(url, json=body, headers=headers, timeout=aiohttp.ClientTimeout(5)) as response:
                if response.status in (201, 202):
                    return dict(await response.json())
        except (aiohttp.ClientError, TimeoutError):
            pass
        await asyncio.sleep(0.1)


async def _chat(telegram: FakeTelegram, number: int) -> None:
    for count in range(MESSAGES):
        telegram.customer_says(number, f"hallo {number}.{count}")
        await asyncio.sleep(random.uniform(0.05, 0.8))


async def _up(served: Served) -> None:
    await asyncio.to_thread(served.wait, rasa=False)


def _counts(database: Path) -> dict[str, int]:
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        open_messages = "SELECT count(*) FROM message WHERE state IN ('queued', 'running')"
        open_replies = "SELECT count(*) FROM reply WHERE state IN ('queued', 'sending')"
        return {
            "messages": connection.execute("SELECT count(*) FROM message").fetchone()[0],
            "open": connection.execute(open_messages).fetchone()[0] + connection.execute(open_replies).fetchone()[0],
        }


async def test_nothing_is_lost_doubled_or_out_of_order(tmp_path: Path) -> None:
    seed = int(os.environ.get("FRONTLINE_SEED", random.randrange(10**6)))
    random.seed(seed)
    print(f"FRONTLINE_SEED={seed}")
    home = fresh_home(tmp_path)
    visitors = [Visitor() for _ in range(PAGES)]
    async with FakeTelegram() as telegram:
        environment = {
            "FRONTLINE_RASA__ENABLED": "false",
            "FRONTLINE_TELEGRAM__TOKEN": TOKEN,
            "FRONTLINE_TELEGRAM__BASE_URL": telegram.base_url,
        }
        served = [serve(home, **environment)]
        try:
            await _up(served[-1])
            load = [asyncio.create_task(one.live(served, number)) for number, one in enumerate(visitors)]
            load += [asyncio.create_task(_chat(telegram, 1000 + number)) for number in range(CHATS)]
            for _ in range(KILLS):
                await asyncio.sleep(random.uniform(0.2, 1.2))
                os.kill(served[-1].process.pid, signal.SIGKILL)
                served[-1].process.wait()
                served.append(serve(home, **environment))
                await _up(served[-1])
            await asyncio.gather(*load)
            async with asyncio.timeout(SETTLED_WITHIN):
                expected = (CHATS + PAGES) * MESSAGES
                while (counts := _counts(home / "frontline.db"))["messages"] < expected or counts["open"]:
                    await asyncio.sleep(0.3)
        finally:
            os.kill(served[-1].process.pid, signal.SIGKILL)
            served[-1].process.wait()
        with sqlite3.connect(home / "frontline.db") as connection:
            _check_received(connection, visitors)
            _check_sent(connection, telegram)


def _check_received(connection: sqlite3.Connection, visitors: list[Visitor]) -> None:
    """Every message is stored once, in the order it was written, and is in a final state."""
    rows = connection.execute(
        "SELECT c.channel, c.chat, m.text, m.state FROM message m JOIN conversation c ON c.id = m.conversation_id"
        " ORDER BY m.conversation_id, m.position"
    ).fetchall()
    assert {state for *_, state in rows} <= {"answered", "with_agent"}
    by_chat: dict[tuple[str, str], list[str]] = {}
    for channel, chat, text, _ in rows:
        by_chat.setdefault((channel, chat), []).append(text)
    for (channel, chat), texts in by_chat.items():
        if channel == "telegram":
            assert texts == [f"hallo {chat}.{count}" for count in range(MESSAGES)]
    pages = [texts for (channel, _), texts in by_chat.items() if channel == "web"]
    assert sorted(pages) == sorted(visitor.said for visitor in visitors)


def _check_sent(connection: sqlite3.Connection, telegram: FakeTelegram) -> None:
    """Telegram got every reply called sent exactly once, in order; what it may or may not have got is called uncertain."""
    rows = connection.execute(
        "SELECT c.chat, r.state, r.attempts FROM reply r JOIN conversation c ON c.id = r.conversation_id"
        " WHERE c.channel = 'telegram' ORDER BY r.conversation_id, r.position"
    ).fetchall()
    assert {state for _, state, _ in rows} <= {"sent", "uncertain"}
    uncertain = sum(state == "uncertain" for _, state, _ in rows)
    print(f"{len(rows)} replies on Telegram, {uncertain} uncertain after {KILLS} kills")
    assert uncertain <= KILLS * 64  # never more than can be under way at a kill
    for chat in {chat for chat, *_ in rows}:
        states = [state for found, state, _ in rows if found == chat]
        got = len(telegram.replies(int(chat)))
        assert states.count("sent") <= got <= len(states), f"chat {chat}: {states}, but Telegram has {got}"
