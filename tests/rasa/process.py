"""Starting a real Rasa process and waiting for it."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".venv-rasa" / "bin" / "python"
MODEL = ROOT / "var" / "rasa" / "model.tar.gz"
STARTED_WITHIN_SECONDS = 90


@dataclass(frozen=True)
class RasaProcess:
    """A Rasa process that answers at `url`."""

    process: subprocess.Popen[bytes]
    url: str
    log: Path

    def answers(self) -> bool:
        """Whether the health page can be read."""
        try:
            with urllib.request.urlopen(f"{self.url}/", timeout=2) as response:
                return bool(response.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False


def server_command(port: int, model: Path, parent: int) -> list[str]:
    """The command that the bot's supervisor gives too."""
    options = ["--port", str(port), "--model", str(model), "--parent", str(parent)]
    return [str(PYTHON), "-m", "actions.server", *options]


@contextmanager
def rasa_process(model: Path, snapshots: Path, log: Path) -> Iterator[RasaProcess]:
    """A Rasa process that is ready, and gone when the block ends."""
    port = free_port()
    command = server_command(port, model, parent=os.getpid())
    with running(command, port, log, FRONTLINE_SNAPSHOTS=str(snapshots)) as found:
        yield found


@contextmanager
def running(command: list[str], port: int, log: Path, **environment: str) -> Iterator[RasaProcess]:
    """What the command starts, once it answers on the port; gone when the block ends."""
    variables = {**os.environ, **environment}
    with log.open("wb") as stream:
        process = subprocess.Popen(command, cwd=ROOT, env=variables, stdout=stream, stderr=subprocess.STDOUT)
    found = RasaProcess(process, f"http://127.0.0.1:{port}/webhooks/frontline", log)
    try:
        wait_until(lambda: found.answers() or process.poll() is not None, STARTED_WITHIN_SECONDS)
        assert process.poll() is None, log.read_text()
        yield found
    finally:
        process.kill()
        process.wait()


def wait_until(holds: Callable[[], bool], seconds: float) -> None:
    """Return as soon as `holds`; fail where it does not within `seconds`."""
    pause = threading.Event()
    for _ in range(int(seconds / 0.1)):
        if holds():
            return
        pause.wait(0.1)
    raise AssertionError(f"did not come about within {seconds} s")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
