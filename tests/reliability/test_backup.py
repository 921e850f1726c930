"""A backup of the running product while messages pour in, and a second front line that is started from it. The ledger of each balances, as after every test."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

from bench.processes import ROOT
from tests.e2e.conftest import Served, serve
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.homes import fresh_home

BACKUPS = 2
SETTLED_WITHIN = 60.0  # seconds
Reply = tuple[int, int, str]  # id, chat, state


async def frontline(home: Path, *words: str | Path) -> None:
    """Run a command as an operator does."""
    environment = {**os.environ, "FRONTLINE_HOME": str(home), "FRONTLINE_RASA__ENABLED": "false"}
    command = [sys.executable, "-m", "bot", *map(str, words)]
    done = await asyncio.to_thread(
        subprocess.run, command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


async def pour(telegram: FakeTelegram) -> None:
    """One customer after the other says hello. Telegram takes fewer replies a second than there are."""
    for chat in itertools.count(1000):
        telegram.customer_says(chat, "hallo")
        await asyncio.sleep(0.04)


def kill(served: Served) -> None:
    os.kill(served.process.pid, signal.SIGKILL)
    served.process.wait()


def replies_in(database: Path) -> list[Reply]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(
            "SELECT r.id, c.chat, r.state FROM reply r JOIN conversation c ON c.id = r.conversation_id ORDER BY r.id"
        ).fetchall()


def messages_in(database: Path) -> int:
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute("SELECT count(*) FROM message").fetchone()[0])


async def _settled(database: Path) -> None:
    statement = (
        "SELECT (SELECT count(*) FROM message WHERE state IN ('queued', 'running'))"
        " + (SELECT count(*) FROM reply WHERE state IN ('queued', 'sending'))"
    )
    async with asyncio.timeout(SETTLED_WITHIN):
        while True:
            with closing(sqlite3.connect(database)) as connection:
                if connection.execute(statement).fetchone() == (0,):
                    return
            await asyncio.sleep(0.2)


async def test_a_front_line_goes_on_from_a_backup_and_sends_nothing_twice(tmp_path: Path) -> None:
    first, second = fresh_home(tmp_path / "first"), fresh_home(tmp_path / "second")
    backups = [tmp_path / f"{number}.db" for number in range(BACKUPS)]
    async with FakeTelegram() as telegram:
        environment = {
            "FRONTLINE_RASA__ENABLED": "false",
            "FRONTLINE_TELEGRAM__TOKEN": TOKEN,
            "FRONTLINE_TELEGRAM__BASE_URL": telegram.base_url,
        }
        served = serve(first, **environment)
        try:
            await asyncio.to_thread(served.wait, rasa=False)
            customers = asyncio.create_task(pour(telegram))
            while not replies_in(first / "frontline.db"):
                await asyncio.sleep(0.1)
            for backup in backups:
                await frontline(first, "backup", backup)
            customers.cancel()
        finally:
            kill(served)
        sizes = [messages_in(backup) for backup in backups]
        assert 0 < sizes[0] < sizes[1]

        await frontline(second, "restore", backups[-1], "--force")
        then = replies_in(backups[-1])
        heard = Counter({chat: len(telegram.replies(chat)) for chat in telegram.chats})
        served = serve(second, **environment)
        try:
            await asyncio.to_thread(served.wait, rasa=False)
            await _settled(second / "frontline.db")
        finally:
            kill(served)
        now = replies_in(second / "frontline.db")
        unsure = [one for one, _, state in then if state in ("queued", "sending")]
        assert unsure
        assert [one for one, _, state in now[: len(then)] if state == "uncertain"] == unsure
        sent = Counter(int(chat) for _, chat, state in now[len(then) :] if state == "sent")
        assert Counter({chat: len(telegram.replies(chat)) for chat in telegram.chats}) - heard == sent
