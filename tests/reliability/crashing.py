"""A front line that dies at a named point: `os._exit(137)` before or after the n-th call of a function, as a kill would come there.

    python -m tests.reliability.crashing

imports everything once, and then forks a front line for each order it reads, one line of JSON each. So a death costs a few hundredths of a
second, and is a real one: its connections, locks and threads are gone. Nothing in the product knows of it: its functions are wrapped in the
child. A child is armed by SIGUSR1; before that no point counts, except those that are to be met at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import importlib
import inspect
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from bot.logs import configure_logs
from tests.reliability import small_house

DIED = 137
Server = subprocess.Popen[str]


@dataclass(frozen=True)
class Point:
    """Where to die: `before` the call number `nth` of `module:function`, or after it. `at_start`: counted from the beginning, not once armed."""

    function: str
    before: bool
    nth: int = 1
    at_start: bool = False

    def __str__(self) -> str:
        which = f" {self.nth}" if self.nth > 1 else ""
        return f"{'before' if self.before else 'after'} {self.function.rpartition(':')[2]}{which}"


@dataclass(frozen=True)
class Order:
    """What a child is to be: on which database, with which Telegram; `doors`: the port of its web side, None for none."""

    home: str
    database_url: str
    telegram: str
    webhook: bool
    port: int
    point: Point | None


class _Countdown:
    def __init__(self, point: Point) -> None:
        self._left = point.nth
        self.armed = point.at_start

    def step(self) -> bool:
        """Whether this is the call to die at."""
        self._left -= self.armed
        return self.armed and self._left == 0


def lay(point: Point) -> Callable[[], None]:
    """Put the point into the function it names; returns what arms it."""
    module, _, path = point.function.partition(":")
    *owners, name = path.split(".")
    owner = functools.reduce(getattr, owners, importlib.import_module(module))
    countdown = _Countdown(point)
    setattr(owner, name, _deadly(getattr(owner, name), point, countdown))

    def arm() -> None:
        countdown.armed = True

    return arm


def _deadly(function: Callable[..., Any], point: Point, countdown: _Countdown) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def wrapped(*arguments: Any, **named: Any) -> Any:
            now = countdown.step()
            if now and point.before:
                os._exit(DIED)
            value = await function(*arguments, **named)
            if now:
                os._exit(DIED)
            return value

        return wrapped

    @functools.wraps(function)
    def wrapped_unit(*arguments: Any, **named: Any) -> Any:
        now = countdown.step()
        if now and point.before:
            os._exit(DIED)
        value = function(*arguments, **named)
        if now:
            os._exit(DIED)
        return value

    return wrapped_unit


async def _live(order: Order, report: int) -> None:
    arm = lay(order.point) if order.point else lambda: None
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGUSR1, arm)
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    async with small_house.open_house(order.home, order.database_url, order.telegram, order.webhook, order.port):
        os.write(report, b"ready\n")
        await stop.wait()


def main() -> None:
    """Fork a child for each order; tell its process id, that it is ready, and with what it ended."""
    gc.freeze()  # what is shared stays shared
    for line in sys.stdin:
        order = json.loads(line)
        point = Point(**order.pop("point")) if order["point"] else order.pop("point")
        child = os.fork()
        if child == 0:
            report = os.dup(1)
            os.dup2(2, 1)  # what is logged is no report
            configure_logs("error")
            asyncio.run(_live(Order(**order, point=point), report))
            os._exit(0)
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _spawned() -> Server:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.reliability.crashing"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


class Mortal:
    """The children, as a test holds them: one after the other. What forks them is kept for the next test, for it takes seconds to start."""

    _idle: ClassVar[list[Server]] = []

    def __init__(self) -> None:
        self._server = self._idle.pop() if self._idle else _spawned()
        self._child = 0

    async def __aenter__(self) -> Mortal:
        return self

    async def __aexit__(self, *_: object) -> None:
        if not self._child:
            self._idle.append(self._server)
            return
        self._server.kill()  # the test has failed, and somebody may wait for its child's end
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._child, signal.SIGKILL)

    async def start(self, order: Order) -> bool:
        """Start a child; returns whether it got ready before it died."""
        assert self._server.stdin is not None
        print(json.dumps(asdict(order)), file=self._server.stdin, flush=True)
        self._child = int(await self._line())
        said = await self._line()
        if said != "ready":
            assert int(said) == DIED, said
        return said == "ready"

    def arm(self) -> None:
        """From now on the child's point counts."""
        os.kill(self._child, signal.SIGUSR1)

    async def ended(self) -> int:
        """Wait for its end; returns its exit code."""
        code = int(await self._line())
        self._child = 0
        return code

    async def stop(self) -> int:
        """End it in order."""
        os.kill(self._child, signal.SIGTERM)
        return await self.ended()

    async def _line(self) -> str:
        assert self._server.stdout is not None
        return (await asyncio.to_thread(self._server.stdout.readline)).strip()


if __name__ == "__main__":
    main()
