"""The front line that is killed and started again, as a service manager would; and what of the machine it uses."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import sys
from pathlib import Path

import psutil
from sqlalchemy import Engine

from bench.processes import ROOT, answers_at
from bot.delivery.supervisor import free_port
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.fakes.telegram_world import ME
from tests.reliability.reckoning import announced

UP_WITHIN = 120.0  # seconds
PUBLIC = "https://bot.example"
_BY_WEBHOOK = {"FRONTLINE_TELEGRAM__WEBHOOK_SECRET": "of-the-soak", "FRONTLINE_WEB__PUBLIC_URL": PUBLIC}


class Product:
    """One front line at one address, its Rasa included. After each death it uses Telegram the other way: polled, or by webhook.

    `under_way`: sends that were announced when it was killed, of which nobody can know how they ended.
    """

    def __init__(self, home: Path, telegram: FakeTelegram, engine: Engine) -> None:
        port, path = free_port(), f"/webhooks/telegram/{ME['id']}"
        self.home = home
        self.url = f"http://127.0.0.1:{port}"
        self.kills = self.rasa_kills = self.under_way = 0
        self._engine = engine
        self._ways = itertools.cycle(({}, _BY_WEBHOOK))
        self._child: asyncio.subprocess.Process | None = None
        self._environment = {
            **os.environ,
            "FRONTLINE_HOME": str(home),
            "FRONTLINE_PORT": str(port),
            "FRONTLINE_LOG_LEVEL": "warning",
            "FRONTLINE_TELEGRAM__TOKEN": TOKEN,
            "FRONTLINE_TELEGRAM__BASE_URL": telegram.base_url,
        }
        telegram.hosts[PUBLIC + path] = self.url + path

    async def start(self) -> None:
        """Start it; it serves afterwards. RuntimeError where it does not."""
        command, log = [sys.executable, "-m", "bot", "serve"], self.home / "serve.log"
        values = {**self._environment, **next(self._ways)}
        with log.open("ab") as sink:
            self._child = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=values, stdout=sink, stderr=sink)
        up = answers_at(f"{self.url}/healthz")
        async with asyncio.timeout(UP_WITHIN):
            while not await up():
                if self._child.returncode is not None:
                    raise RuntimeError(f"the front line ended with {self._child.returncode}: see {log}")
                await asyncio.sleep(0.1)

    async def kill(self) -> None:
        """End it without warning, and its Rasa with it."""
        if self._child is not None:
            with contextlib.suppress(ProcessLookupError):
                self._child.kill()
            await self._child.wait()
            self.under_way += await asyncio.to_thread(announced, self._engine)

    async def die_and_rise(self) -> None:
        """Kill it and start it again."""
        self.kills += 1
        await self.kill()
        await self.start()

    def kill_rasa(self) -> None:
        """End its Rasa, if there is one at the moment, without warning."""
        for process in self._processes():
            with contextlib.suppress(psutil.Error):
                if "actions.server" in process.cmdline():
                    process.kill()
                    self.rasa_kills += 1

    def memory(self) -> int:
        """Bytes of memory that it and its children hold."""
        held = 0
        for process in self._processes():
            with contextlib.suppress(psutil.Error):
                held += process.memory_info().rss
        return held

    def disk(self) -> int:
        """Bytes of disk in its home."""
        return sum(file.stat().st_size for file in self.home.rglob("*") if file.is_file())

    def _processes(self) -> list[psutil.Process]:
        with contextlib.suppress(psutil.Error):
            if self._child is not None and self._child.returncode is None:
                one = psutil.Process(self._child.pid)
                return [one, *one.children(recursive=True)]
        return []
