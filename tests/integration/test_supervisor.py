"""Rasa processes as children: started, announced when they read, started again, ended. The children are small stand-ins for Rasa."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
from structlog.testing import capture_logs

from bot.brain.rasa import RasaMember
from bot.delivery import supervisor as supervising
from bot.delivery.child import Child
from bot.delivery.supervisor import Supervisor
from bot.delivery.watch import Watch

READING = {
    "language": "de",
    "intent": "greet",
    "intent_confidence": 1.0,
    "urgency": {"level": "normal", "reason": None, "evidence": []},
    "decision": {"kind": "small_talk", "answer_ids": [], "handoff": None},
    "candidates": [],
    "snapshot": "",
    "notes": [],
}
# Called as Rasa's interpreter would be, and dies with its parent as Rasa does. Where the file `kind` says so it dies at once, or does not listen when asked to end.
RASA = f"""#!{sys.executable}
import ctypes, json, os, signal, sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
here = Path(__file__).parent
with (here / "starts").open("a") as starts:
    starts.write(json.dumps(dict(arguments=sys.argv, token=os.environ.get("FRONTLINE_RASA_TOKEN"), names=sorted(os.environ))) + "\\n")
kind = (here / "kind").read_text()
if kind == "dies":
    sys.exit(1)
if kind == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
class Door(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps(dict(reading={READING!r})).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_): pass
HTTPServer(("127.0.0.1", int(sys.argv[sys.argv.index("--port") + 1])), Door).serve_forever()
"""


class Nursery:
    """Supervisors of such children, two of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.members = [RasaMember("a-token"), RasaMember("a-token")]
        python = folder / "python"
        python.write_text(RASA, encoding="utf-8")
        python.chmod(0o700)
        self.kind("well")
        self._child = Child(python, folder / "model", folder / "snapshots", "a-token")
        self._tasks: list[asyncio.Task[None]] = []

    def kind(self, kind: str) -> None:
        (self.folder / "kind").write_text(kind, encoding="utf-8")

    def open(self) -> None:
        for place, member in enumerate(self.members):
            one = Supervisor(self._child, member, name=str(place), port=0, log=self.folder / "log")
            self._tasks.append(asyncio.create_task(one.run()))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for member in self.members:
            await member.close()

    def pids(self) -> list[int]:
        found = []
        for child in psutil.Process().children():
            with contextlib.suppress(psutil.Error):  # what other tests have started may be ending
                if str(self.folder) in " ".join(child.cmdline()):
                    found.append(child.pid)
        return found

    def starts(self) -> list[str]:
        file = self.folder / "starts"
        return file.read_text(encoding="utf-8").splitlines() if file.exists() else []

    async def until(self, *up: bool) -> None:
        async with asyncio.timeout(60):
            while [member.up for member in self.members] != list(up):
                await asyncio.sleep(0.02)


@pytest.fixture
async def nursery(tmp_path: Path) -> AsyncIterator[Nursery]:
    found = Nursery(tmp_path)
    yield found
    await found.close()


async def test_each_is_announced_when_it_reads_and_one_death_is_no_matter_of_the_other(nursery: Nursery) -> None:
    nursery.open()
    await nursery.until(True, True)
    addresses = [member.address for member in nursery.members]
    assert len(set(addresses)) == 2
    killed = nursery.pids()[0]
    os.kill(killed, signal.SIGKILL)
    async with asyncio.timeout(30):
        while all(member.up for member in nursery.members):
            await asyncio.sleep(0.01)
    assert sum(member.up for member in nursery.members) == 1
    await nursery.until(True, True)
    assert len(nursery.starts()) == 3
    assert killed not in nursery.pids()


async def test_the_secret_goes_by_environment_and_ours_stay_with_us(
    nursery: Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRONTLINE_TELEGRAM__TOKEN", "42:secret")
    nursery.open()
    await nursery.until(True, True)
    for start in nursery.starts():
        assert '"token": "a-token"' in start
        assert "FRONTLINE_TELEGRAM__TOKEN" not in start
        assert "a-token" not in start.partition('"token"')[0], "the command line can be read by everyone"


async def test_one_that_dies_again_and_again_is_started_ever_less_often(nursery: Nursery) -> None:
    nursery.kind("dies")
    nursery.members.pop()
    with capture_logs() as logs:
        nursery.open()
        async with asyncio.timeout(60):
            while len(deaths := [line for line in logs if line["event"] == "rasa.died"]) < 3:
                await asyncio.sleep(0.02)
    assert [death["again_in_seconds"] for death in deaths] == [0.0, 2.0, 4.0]
    assert not nursery.members[0].up


async def test_stopping_ends_all_at_once_and_those_that_do_not_listen_too(
    nursery: Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervising, "STOP_PATIENCE", 0.2)
    nursery.kind("stubborn")
    nursery.open()
    await nursery.until(True, True)
    assert len(nursery.pids()) == 2
    await nursery.close()
    assert nursery.pids() == []
    assert not any(member.up for member in nursery.members)


async def test_one_that_falls_silent_gets_no_turns_until_it_reads_again(nursery: Nursery) -> None:
    nursery.open()
    await nursery.until(True, True)
    member, address = RasaMember("a-token"), nursery.members[0].address
    assert address is not None
    nursery.members.append(member)
    watching = asyncio.create_task(Watch(member, address, pause=0.05, misses=3).run())
    await nursery.until(True, True, True)
    for sent, up in ((signal.SIGSTOP, False), (signal.SIGCONT, True)):
        for pid in nursery.pids():
            os.kill(pid, sent)
        async with asyncio.timeout(60):
            while member.up != up:
                await asyncio.sleep(0.02)
    watching.cancel()
