"""The Rasa process as a child: its start, its end, its secrets, its stores, its snapshots."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import psutil
import pytest

from nlu.folder import SnapshotFolder
from tests.rasa.content import small_snapshot
from tests.rasa.customer import Customer
from tests.rasa.process import ROOT, RasaProcess, free_port, running, server_command, wait_until

TOKEN = "a-shared-secret"
# Starts the server as the bot's supervisor does, and tells its process id.
PARENT = "import subprocess, sys; p = subprocess.Popen(sys.argv[1:]); print(p.pid, flush=True); p.wait()"


@pytest.fixture(scope="module")
def empty_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which nothing is published yet."""
    return tmp_path_factory.mktemp("home") / "snapshots"


@pytest.fixture(scope="module")
def guarded(model: Path, empty_folder: Path) -> Iterator[RasaProcess]:
    """`frontline rasa`: a process with a token that stands in a file, and without a snapshot."""
    home, port = empty_folder.parent, free_port()
    (home / "token").write_text(f"{TOKEN}\n")
    settings = {
        "FRONTLINE_HOME": str(home),
        "FRONTLINE_RASA__MODEL": str(model),
        "FRONTLINE_RASA__TOKEN_FILE": str(home / "token"),
    }
    command = [sys.executable, "-m", "bot", "rasa", "--port", str(port)]
    with running(command, port, home / "log", **settings) as found:
        yield found


def holder() -> aiohttp.ClientSession:
    """A client that knows the token."""
    return aiohttp.ClientSession(headers={"Authorization": f"Bearer {TOKEN}"})


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}])
@pytest.mark.parametrize("path", ["turn", "read"])
async def test_without_the_token_nothing_is_read(
    guarded: RasaProcess, session: aiohttp.ClientSession, headers: dict[str, str], path: str
) -> None:
    async with session.post(f"{guarded.url}/{path}", json={"text": "hallo"}, headers=headers) as response:
        assert response.status == 401
        assert "token" in (await response.json())["error"]


async def test_without_a_snapshot_every_message_goes_to_a_person_until_one_is_published(
    guarded: RasaProcess, empty_folder: Path
) -> None:
    async with holder() as session:
        customer = Customer(session, guarded.url)
        assert await customer.hears("hallo") == [{"act": "handoff", "reason": "unsure"}]
        assert "No snapshot" in guarded.log.read_text()
        SnapshotFolder(empty_folder).publish(small_snapshot())
        assert await customer.hears("hallo") == [{"act": "small_talk", "intent": "greet"}]


async def test_the_log_holds_no_word_of_the_customers_and_no_secret(guarded: RasaProcess) -> None:
    async with holder() as session:
        customer = Customer(session, guarded.url)
        for text in ("meine geheimnummer ist 4711", "/geheimnummer", "geheimnummer \ud800"):
            await customer.say(text)
        await customer.press("leave_contact")
        await customer.say("geheimnummer@beispiel.de")
    log = guarded.log.read_text()
    assert "Rasa is ready" in log
    assert "geheimnummer" not in log
    assert TOKEN not in log


@pytest.mark.parametrize("stage", ["importing", "ready"])
def test_the_process_dies_with_its_parent(model: Path, snapshots: Path, stage: str) -> None:
    port = free_port()
    code = PARENT.replace("sys.argv[1:]", "[*sys.argv[1:], '--parent', str(os.getpid())]").replace(
        "import ", "import os, "
    )
    command = [part for part in server_command(port, model, parent=0) if part not in ("--parent", "0")]
    variables = {**os.environ, "FRONTLINE_SNAPSHOTS": str(snapshots)}
    parent = subprocess.Popen(
        [sys.executable, "-c", code, *command],
        cwd=ROOT,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert parent.stdout
    child = psutil.Process(int(parent.stdout.readline()))
    if stage == "ready":
        url = f"http://127.0.0.1:{port}/webhooks/frontline"
        wait_until(RasaProcess(parent, url, Path()).answers, 90)
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    wait_until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, 10)


def test_a_process_without_a_model_does_not_start(tmp_path: Path, snapshots: Path) -> None:
    command = server_command(free_port(), tmp_path / "none.tar.gz", parent=os.getpid())
    variables = {**os.environ, "FRONTLINE_SNAPSHOTS": str(snapshots)}
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, timeout=90, check=False)
    assert done.returncode != 0
