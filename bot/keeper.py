"""The keeper: a process beside the front line that keeps the snapshots up to what is published.

    python -m bot.keeper          follows the store: patches at once, and has it fitted after
    python -m bot.keeper fit      fits once, and ends

Both read their settings as one line of JSON from standard input and end when that ends: so they die with the process that started them. In a process of
their own they take no time from the front line's interpreter; and a fit, which takes long, has a priority below its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import structlog

from bot.delivery.child import harmless
from bot.errors import StorageAway
from bot.knowledge.learned import full_hour
from bot.logs import configure_logs
from bot.settings import ROOT, Settings
from bot.snapshots import Publisher, open_store
from bot.storage import answers
from bot.storage.rows import now
from bot.storage.store import Store

_LOG = structlog.get_logger()
_LOOK_EVERY = 0.2  # seconds
_NEEDED_AFTER = 20.0  # seconds after a start
_AGAIN_AFTER = 5.0  # seconds between the death of a keeper and the next one
_FIT_NICE = (
    10  # on a busy processor a tenth is left to a fit, so that it ends; a patch is short, and customers wait for it
)


async def kept(settings: Settings, store: Store) -> None:
    """Run a keeper, and another one if it dies, until cancelled.

    After a start customers have waited long enough, and what is published is what was prepared: the first keeper leaves them the processor for a while,
    unless somebody publishes.
    """
    await _until_needed(store)
    while True:
        process = await asyncio.create_subprocess_exec(*_command(), stdin=subprocess.PIPE, env=_environment())
        assert process.stdin is not None
        try:
            process.stdin.write(_told(settings))
            await process.wait()
        finally:
            if process.returncode is None:
                process.kill()  # what it was writing nobody reads
                await process.wait()
        _LOG.warning("keeper.died", code=process.returncode, again_in_seconds=_AGAIN_AFTER)
        await asyncio.sleep(_AGAIN_AFTER)


async def _until_needed(store: Store) -> None:
    with contextlib.suppress(StorageAway):
        prepared = await store.read(answers.revision)
        for _ in range(round(_NEEDED_AFTER / _LOOK_EVERY)):
            await asyncio.sleep(_LOOK_EVERY)
            if await store.read(answers.revision) != prepared:
                return


class Fit(Protocol):
    """A fit under way."""

    def kill(self) -> None:
        """End it."""


@dataclass(frozen=True)
class _Begun:
    version: str
    fit: Fit


class Keeper:
    """Patches whenever what is published is not what reads, and has it fitted by whatever `begin_fit` starts."""

    def __init__(self, publisher: Publisher, store: Store, begin_fit: Callable[[], Fit]) -> None:
        self._publisher = publisher
        self._store = store
        self._begin_fit = begin_fit
        self._begun: _Begun | None = None
        self._seen: object = None

    def look_if_possible(self) -> None:
        """`look`, unless the database is away."""
        try:
            self.look()
        except StorageAway as error:
            _LOG.warning("database.away", reason=str(error))
            time.sleep(_AGAIN_AFTER)

    def look(self) -> None:
        """One look; it costs a small query and a look at a file where nothing has changed."""
        hour = full_hour(now())  # what people decided in the last one is learned from now
        seen = (self._store.read_now(answers.revision), self._publisher.folder.stamp(), hour)
        if seen == self._seen:
            return
        content = self._publisher.content()
        if not self._publisher.is_live(content):
            began = time.monotonic()
            try:
                live = self._publisher.patch(content)
            except ValueError as error:  # too little is left to tell apart: nothing to read by, and nothing to fit
                _LOG.warning("content.unusable", reason=str(error))
                live = False
            _LOG.info("content.live", version=content.version, live=live, seconds=round(time.monotonic() - began, 2))
        self._see_to_fit(content.version, needed=not self._publisher.is_fitted(content))
        self._publisher.base()  # loaded now, not when the next change waits for it
        self._seen = seen

    def _see_to_fit(self, version: str, *, needed: bool) -> None:
        """Begin a fit to this version, once; one to another version would be in vain."""
        if self._begun is not None and self._begun.version != version:
            self._begun.fit.kill()
            self._begun = None
        if needed and self._begun is None:
            self._begun = _Begun(version, self._begin_fit())


def main(arguments: list[str]) -> None:
    """Follow, or fit once."""
    settings = Settings(**json.loads(sys.stdin.readline()))
    threading.Thread(target=_end_with_input, daemon=True).start()
    configure_logs(settings.log_level, settings.secrets())
    store = open_store(settings)
    publisher = Publisher(settings, store)
    if arguments == ["fit"]:
        os.nice(_FIT_NICE)
        snapshot, _ = publisher.fit()
        _LOG.info("content.fitted", snapshot=snapshot.version)
        store.close()
        return
    with publisher.folder.locked("keeping"):  # front lines that share a home have one keeper; the next waits here
        publisher.wake()
        keeper = Keeper(publisher, store, lambda: _begin_fit(settings))
        while True:
            keeper.look_if_possible()
            time.sleep(_LOOK_EVERY)


def _begin_fit(settings: Settings) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(_command("fit"), stdin=subprocess.PIPE, env=_environment())  # noqa: S603
    assert process.stdin is not None
    process.stdin.write(_told(settings))
    process.stdin.flush()
    return process


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "bot.keeper", *arguments]


def _environment() -> dict[str, str]:
    """Ours without secrets, one thread for numpy."""
    return {**harmless(os.environ), "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}


def _told(settings: Settings) -> bytes:
    """What a keeper needs to know of the settings; of secrets only where the database is."""
    told = {
        "home": str(settings.home.absolute()),
        "content": str(settings.content.absolute()),
        "database_url": settings.sql_url,
        "log_level": settings.log_level,
        "understanding": settings.understanding.model_dump(mode="json"),
    }
    return json.dumps(told).encode() + b"\n"


def _end_with_input() -> None:
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
