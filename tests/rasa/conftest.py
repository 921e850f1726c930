"""A real Rasa child process, trained if its inputs changed, with a snapshot of its own."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from nlu.folder import SnapshotFolder
from nlu.reading import Reading
from nlu.understanding import Understanding
from tests.rasa.content import SAYINGS, small_snapshot
from tests.rasa.customer import Customer
from tests.rasa.process import MODEL, PYTHON, ROOT, RasaProcess, rasa_process


@pytest.fixture(scope="session")
def model() -> Path:
    """The trained model. Training takes about 15 s and is left out where nothing changed."""
    subprocess.run([PYTHON, "-m", "actions.train", "--out", MODEL, "--if-changed"], cwd=ROOT, check=True)
    return MODEL


@pytest.fixture(scope="session")
def snapshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one published snapshot."""
    folder = tmp_path_factory.mktemp("snapshots")
    SnapshotFolder(folder).publish(small_snapshot())
    return folder


@pytest.fixture(scope="session")
def understanding(snapshots: Path) -> Understanding:
    """The same snapshot, read in this process, as the bot's local brain does."""
    current = SnapshotFolder(snapshots).current()
    assert current
    return Understanding(current)


@pytest.fixture(scope="session")
def text_that(understanding: Understanding) -> Callable[[Callable[[Reading], bool]], str]:
    """Finds a saying whose reading is as a test needs it, so that no test hangs on the matcher's figures."""

    def find(fits: Callable[[Reading], bool]) -> str:
        found = [text for text in SAYINGS if fits(understanding.read(text))]
        assert found, "no saying in rasa_content reads like that: add one"
        return found[0]

    return find


@pytest.fixture(scope="session")
def rasa(model: Path, snapshots: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RasaProcess]:
    """The Rasa process that most tests share; each customer has a conversation of their own."""
    with rasa_process(model, snapshots, tmp_path_factory.mktemp("rasa") / "log") as running:
        yield running


@pytest_asyncio.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """An HTTP client."""
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest_asyncio.fixture
async def customer(rasa: RasaProcess, session: aiohttp.ClientSession) -> Customer:
    """A customer who has not spoken yet."""
    return Customer(session, rasa.url)
