"""A front line with a Telegram bot that ends, in one way or another, and is started again at the same address, as systemd would."""

from __future__ import annotations

import asyncio
import itertools
import signal
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import Engine

from bot.delivery.supervisor import free_port
from tests.e2e.conftest import Served, serve
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.reliability.reckoning import announced

PUBLIC = "https://bot.example"
HOOK = f"/webhooks/telegram/{TOKEN.partition(':')[0]}"
BY_WEBHOOK = {"FRONTLINE_TELEGRAM__WEBHOOK_SECRET": "s3cret_of-the-webhook", "FRONTLINE_WEB__PUBLIC_URL": PUBLIC}


class Restarted:
    """With each start Telegram is used the other way, polled or by its webhook. `under_way` counts the sends that were announced at the ends."""

    def __init__(self, home: Path, telegram: FakeTelegram, engine: Engine, **environment: str) -> None:
        self._home = home
        self._telegram = telegram
        self._engine = engine
        self._port = free_port()
        self._ways = itertools.cycle(({}, BY_WEBHOOK))
        self.url = f"http://127.0.0.1:{self._port}"
        self.under_way = 0
        self.open_at_telegram = 0
        self.environment = {
            "FRONTLINE_RASA__ENABLED": "false",
            "FRONTLINE_TELEGRAM__TOKEN": TOKEN,
            "FRONTLINE_TELEGRAM__BASE_URL": telegram.base_url,
            **environment,
        }
        telegram.hosts[f"{PUBLIC}{HOOK}"] = f"{self.url}{HOOK}"

    async def start(self) -> None:
        """Start it; it serves afterwards."""
        environment: Mapping[str, str] = {**self.environment, **next(self._ways)}
        self._served: Served = await asyncio.to_thread(serve, self._home, port=self._port, **environment)
        await asyncio.to_thread(self._served.wait, rasa=False)

    async def kill(self) -> None:
        """End it without warning."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """Ask it to end, as systemd does; returns its exit code."""
        return await self._end(signal.SIGTERM)

    async def _end(self, how: signal.Signals) -> int:
        self.open_at_telegram += self._telegram.sending
        self._served.process.send_signal(how)
        code = await asyncio.to_thread(self._served.process.wait)
        self.under_way += await asyncio.to_thread(announced, self._engine)
        return code
