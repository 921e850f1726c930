"""The real process, with its real Rasa, and a real browser."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from bench.browser import QUIET, chromium_path
from bench.processes import ROOT
from bot.delivery.supervisor import free_port
from tests.homes import fresh_home

ALWAYS_OPEN = {
    day: {"opens": "00:00", "closes": "23:59:59"} for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
}


@dataclass
class Served:
    """A running `frontline serve`. `password` is that of the first login, `admin`."""

    url: str
    home: Path
    process: subprocess.Popen[bytes]
    password: str = ""

    def health(self) -> dict[str, object]:
        """What /healthz says; empty while nothing answers."""
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/healthz", timeout=2) as response:
            return dict(json.load(response))
        return {}

    def learn_password(self) -> None:
        """Read it where the first start prints it, once it serves."""
        end = time.monotonic() + 20
        while (found := re.search(r"with the password (\S+)", (self.home / "serve.log").read_text())) is None:
            assert time.monotonic() < end, "no password was printed"
            time.sleep(0.05)
        self.password = found[1]

    def sign_in(self, page: Page) -> None:
        """Bring a page to the desk, as the first login."""
        page.goto(f"{self.url}/desk")
        page.locator("input[name=login]").fill("admin")
        page.locator("input[name=password]").fill(self.password)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{self.url}/desk")

    def wait(self, *, rasa: bool | int, seconds: float = 120) -> None:
        """Wait until it serves, and until so many Rasa processes take turns; True is one."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            health: Any = self.health()
            if health.get("status") == "up" and health["rasa_processes"]["up"] >= rasa:
                return
            assert self.process.poll() is None, (self.home / "serve.log").read_text()[-2000:]
            time.sleep(0.1)
        raise TimeoutError("the front line did not come up")


def serve(home: Path, *, address: str = "127.0.0.1", port: int | None = None, **environment: str) -> Served:
    """Start the product as `make run` does, on a port of its own unless one is given."""
    port = port or free_port()
    values = {
        **os.environ,
        "FRONTLINE_HOME": str(home),
        "FRONTLINE_PORT": str(port),
        "FRONTLINE_WEB__HOST": address,
        "FRONTLINE_WEB__PUBLIC_URL": f"http://{address}:{port}",
        "FRONTLINE_WEB__CHAT_ORIGINS": '["*"]',
        "FRONTLINE_HOURS__WEEK": json.dumps(ALWAYS_OPEN),
        **environment,
    }
    with (home / "serve.log").open("ab") as log:
        process = subprocess.Popen([sys.executable, "-m", "bot", "serve"], cwd=ROOT, env=values, stdout=log, stderr=log)
    return Served(f"http://{address}:{port}", home, process)


def rasas_of(served: Served) -> list[psutil.Process]:
    """The Rasa processes that this front line has started."""
    found = []
    for child in psutil.Process(served.process.pid).children():
        with contextlib.suppress(psutil.Error):
            if "actions.server" in " ".join(child.cmdline()):
                found.append(child)
    return found


def rasa_of(served: Served) -> psutil.Process:
    """The Rasa process that this front line started; waits while it is being started anew."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        for child in rasas_of(served):
            return child
        time.sleep(0.1)
    raise TimeoutError("there is no Rasa process")


def wait_for_another(served: Served, killed: int) -> None:
    """Wait until another Rasa than the one that was killed takes the turns."""
    end = time.monotonic() + 90
    while rasa_of(served).pid == killed:
        assert time.monotonic() < end, "Rasa was not started again"
        time.sleep(0.1)
    served.wait(rasa=True)  # its death was noticed before the other was started


def stop(served: Served) -> float:
    """Ctrl-C; returns how many seconds it took."""
    began = time.monotonic()
    served.process.send_signal(signal.SIGINT)
    served.process.wait(60)  # on a busy machine
    return time.monotonic() - began


@pytest.fixture(scope="session")
def front_line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One front line for all browser tests."""
    served = serve(fresh_home(tmp_path_factory.mktemp("home")))
    try:
        served.wait(rasa=True)
        served.learn_password()
        yield served
    finally:
        stop(served)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium_path(), args=QUIET)
        yield found
        found.close()
