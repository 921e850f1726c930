"""Keeps a Rasa process alive: starts it, watches it, starts it again. It dies with us."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from pathlib import Path

import structlog

from bot.delivery.child import Child
from bot.delivery.watch import Member, Watch

_LOG = structlog.get_logger()
STOP_PATIENCE = 5.0  # seconds between asking it to end and ending it
HEALTHY_AFTER = 60.0  # seconds of life after which a death counts as the first again


class Supervisor:
    """Runs one Rasa process, known as `name`, on `port` (0: any free one); `log` takes what it writes."""

    def __init__(self, child: Child, member: Member, *, name: str, port: int, log: Path) -> None:
        self._child = child
        self._member = member
        self._name = name
        self._port = port
        self._log = log

    async def run(self) -> None:
        """Keep it running until cancelled."""
        deaths = 0
        while True:
            started = asyncio.get_running_loop().time()
            await self._live_once()
            alive = asyncio.get_running_loop().time() - started
            deaths = 1 if alive > HEALTHY_AFTER else deaths + 1
            pause = min(30.0, 0.5 * 2**deaths) if deaths > 1 else 0.0
            facts = {"alive_seconds": round(alive), "again_in_seconds": pause, "log": str(self._log)}
            _LOG.warning("rasa.died", name=self._name, **facts)
            await asyncio.sleep(pause)

    async def _live_once(self) -> None:
        port = self._port or free_port()
        command = self._child.command(port=port, parent=os.getpid())
        with self._log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *command, env=self._child.environment(), stdout=log, stderr=log
            )
        _LOG.info("rasa.starting", name=self._name, pid=process.pid, port=port)
        watch = Watch(self._member, f"http://127.0.0.1:{port}")
        ends = [asyncio.create_task(process.wait()), asyncio.create_task(watch.until_silent())]
        try:
            done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            for end in done:
                end.result()  # a fault of ours is not to pass for a death
        finally:
            for end in ends:
                end.cancel()
            await asyncio.gather(*ends, return_exceptions=True)
            await _end(process)


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
