"""A homeserver for all tests, and people and a store of their own for each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.storage.schema import upgrade
from bot.storage.store import Store
from tests.synapse import Person, Synapse, synapse


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synapse]:
    with synapse(tmp_path_factory.mktemp("synapse")) as running:
        yield running


@pytest.fixture
async def zoe(server: Synapse) -> AsyncIterator[Person]:
    async with Person(server, "zoe", "Zoë Müller") as person:
        yield person


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(f"sqlite:///{tmp_path}/front.db", reserve_bytes=0)
    upgrade(made.engine)
    yield made
    made.close()
