"""Keeps the Rasa process alive: starts it, watches it, starts it again. It dies with us."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import structlog

_LOG = structlog.get_logger()
STOP_PATIENCE = 5.0  # seconds between asking it to end and ending it
HEALTHY_AFTER = 60.0  # seconds of life after which a death counts as the first again


@dataclass(frozen=True)
class Child:
    """How the Rasa process is started. `environment` is added to ours; secrets go there, never on the command line."""

    python: Path
    model: Path
    port: int
    environment: dict[str, str]
    log: Path


class Supervisor:
    """Runs one Rasa process. `on_address` is told its address when it is ready and None when it is gone."""

    def __init__(self, child: Child, on_address: Callable[[str | None], None]) -> None:
        self._child = child
        self._on_address = on_address

    async def run(self) -> None:
        """Keep it running until cancelled."""
        deaths = 0
        while True:
            started = asyncio.get_running_loop().time()
            await self._live_once()
            alive = asyncio.get_running_loop().time() - started
            deaths = 1 if alive > HEALTHY_AFTER else deaths + 1
            pause = min(30.0, 0.5 * 2**deaths) if deaths > 1 else 0.0
            _LOG.warning("rasa.died", alive_seconds=round(alive), again_in_seconds=pause, log=str(self._child.log))
            await asyncio.sleep(pause)

    async def _live_once(self) -> None:
        port = self._child.port or free_port()
        with self._child.log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                str(self._child.python), "-m", "actions.server",
                "--port", str(port), "--model", str(self._child.model), "--parent", str(os.getpid()),
                env={**harmless(os.environ), **self._child.environment}, stdout=log, stderr=log,
            )  # fmt: skip
        _LOG.info("rasa.starting", pid=process.pid, port=port)
        announcing = asyncio.create_task(self._announce(f"http://127.0.0.1:{port}"))
        try:
            await process.wait()
        finally:
            announcing.cancel()
            self._on_address(None)
            await _end(process)

    async def _announce(self, address: str) -> None:
        """Tell of the address as soon as it has read something: the first reading takes longer than a customer should wait."""
        headers = {"Authorization": f"Bearer {self._child.environment['FRONTLINE_RASA_TOKEN']}"}
        first = {"text": "hallo", "context": {}}
        async with aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(total=30)) as session:
            while True:
                with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                    async with session.post(f"{address}/webhooks/frontline/read", json=first) as response:
                        if response.status == 200:
                            break
                await asyncio.sleep(0.25)
        _LOG.info("rasa.ready", address=address)
        self._on_address(address)


def harmless(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment without our own settings: tokens of channels are none of a child's business."""
    return {name: value for name, value in environment.items() if not name.startswith("FRONTLINE_")}


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _end(process: asyncio.subprocess.Process) -> None:
    """Ask, wait a little, then insist."""
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_PATIENCE)
        except TimeoutError:
            process.kill()
            await process.wait()
