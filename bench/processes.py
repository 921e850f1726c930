"""Starts the product and its peers as real processes on the loopback, and ends them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import aiohttp
import psutil

from bot.delivery.supervisor import free_port

ROOT = Path(__file__).resolve().parent.parent
RASA_PYTHON = ROOT / ".venv-rasa/bin/python"


def prepared_home(target: Path) -> Path:
    """Fill `target` with database, snapshot and Rasa model, as `frontline train` would; quick where it has been done before."""
    from rich.console import Console

    from bot.serving import prepare
    from bot.settings import Settings

    prepare(Settings(home=target), Console(stderr=True))
    return target


def copy_home(source: Path, target: Path) -> Path:
    """A home with a database of its own; snapshot and model are the source's."""
    target.mkdir(parents=True, exist_ok=True)
    for name in ("frontline.db", "frontline.db-wal", "frontline.db-shm"):
        (target / name).unlink(missing_ok=True)  # of an earlier run
        if (source / name).exists() and not name.endswith("-shm"):
            shutil.copy(source / name, target / name)
    shutil.copytree(source / "rasa", target / "rasa", dirs_exist_ok=True)
    shutil.copytree(source / "snapshots", target / "snapshots", dirs_exist_ok=True, copy_function=_share)
    return target


def _share(source: str, target: str) -> None:
    """Arrays, 75 MB, are never written again: a copy is another name for them, where the file system has it so."""
    if source.endswith(".npz"):
        with contextlib.suppress(OSError):
            Path(target).unlink(missing_ok=True)
            os.link(source, target)
            return
    shutil.copy2(source, target)


@contextlib.asynccontextmanager
async def process(
    command: list[str], environment: dict[str, str], log: Path, ready: Callable[[], Awaitable[bool]]
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A child process; the context begins when `ready()` is true and ends it."""
    with log.open("ab") as sink:
        child = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, env={**os.environ, **environment}, stdout=sink, stderr=sink
        )
    try:
        async with asyncio.timeout(180):
            while not await ready():
                if child.returncode is not None:
                    raise RuntimeError(f"{command[0]} ended with {child.returncode}; see {log}")
                await asyncio.sleep(0.1)
        yield child
    finally:
        with contextlib.suppress(ProcessLookupError):
            child.terminate()
        try:
            await asyncio.wait_for(child.wait(), 15)
        except TimeoutError:
            child.kill()
            await child.wait()


def processor_seconds(*processes: psutil.Process) -> float:
    """Processor time that these have spent so far."""
    return sum(float(used.user + used.system) for used in (one.cpu_times() for one in processes))


def answers_at(url: str, headers: dict[str, str] | None = None) -> Callable[[], Awaitable[bool]]:
    """A condition: the address answers 200."""

    async def check() -> bool:
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            timeout = aiohttp.ClientTimeout(total=2)
            async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url, headers=headers) as response:
                return response.status == 200
        return False

    return check


@contextlib.asynccontextmanager
async def running_front_line(
    home: Path, *command: str, **environment: str
) -> AsyncIterator[tuple[str, asyncio.subprocess.Process]]:
    """The product as `make run` starts it, on a port of its own, or as another `command` of Python does; gives its address."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    values = {"FRONTLINE_HOME": str(home), "FRONTLINE_PORT": str(port), "FRONTLINE_LOG_LEVEL": "warning", **environment}
    started = [sys.executable, *(command or ("-m", "bot", "serve"))]
    async with process(started, values, home / "serve.log", answers_at(f"{base}/healthz")) as child:
        yield base, child


@contextlib.asynccontextmanager
async def running_rasa(home: Path, model: Path) -> AsyncIterator[str]:
    """Bare Rasa with a model of this project, its stock REST channel open; gives its address."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    values = {"FRONTLINE_SNAPSHOTS": str(home / "snapshots"), "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [str(RASA_PYTHON), "-m", "bench.bare_rasa", "--port", str(port), "--model", str(model)]
    async with process(command, values, home / "bare-rasa.log", answers_at(f"{base}/webhooks/rest/")):
        yield base
