"""Every store is held to the same: SQLite, PostgreSQL, and PostgreSQL with Redis for the hints, all of them real."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.storage.live import Live, LocalLive, RedisLive
from bot.storage.presence import Presence
from bot.storage.schema import upgrade
from bot.storage.store import Store
from tests.books import check_database
from tests.servers import PostgresServer, RedisServer, postgres_server, redis_server

SYSTEMS = ("sqlite", "postgresql", "postgresql+redis")


@dataclass
class System:
    """A database, and what carries hints. Several stores on it stand for several processes."""

    url: str
    redis_url: str | None
    opened: list[Store] = field(default_factory=list)
    heard: list[Live] = field(default_factory=list)
    entered: list[Presence] = field(default_factory=list)

    @property
    def shared(self) -> bool:
        """Whether several processes may work on it at once."""
        return self.url.startswith("postgresql")

    def store(self) -> Store:
        """A further process's store."""
        self.opened.append(Store(self.url, reserve_bytes=0))
        return self.opened[-1]

    async def presence(self) -> Presence:
        """A further process that works on messages."""
        self.entered.append(Presence(self.store()))
        await self.entered[-1].enter()
        return self.entered[-1]

    def live(self) -> Live:
        """A further process's hints."""
        alone = not self.shared
        self.heard.append(RedisLive(self.redis_url, alone=alone) if self.redis_url else LocalLive(alone=alone))
        return self.heard[-1]


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One server for all tests of this process."""
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """One Redis for all tests of this process."""
    with redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(params=SYSTEMS)
async def system(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[System]:
    """An empty database with the current schema."""
    if request.param == "sqlite":
        made = System(f"sqlite:///{tmp_path}/front.db", None)
    else:
        url = request.getfixturevalue("postgres").database()
        made = System(url, request.getfixturevalue("redis").url if "redis" in request.param else None)
    upgrade(made.store().engine)
    yield made
    for presence in made.entered:
        presence.close()
    for live in made.heard:
        await live.close()
    for store in made.opened:
        store.close()
    check_database(made.url)


@pytest.fixture
def store(system: System) -> Store:
    """One process's store."""
    return system.opened[0]
