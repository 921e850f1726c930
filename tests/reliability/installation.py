"""The product as several machines run it: a web and a worker on each, PostgreSQL, Redis and the customers on hosts of their own."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from sqlalchemy import Engine, NullPool, create_engine, func, select

from bot.storage.tables import message, process, reply
from tests.e2e.conftest import Served, serve, stop
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.homes import fresh_home
from tests.namespaces import NETWORK, Host, network
from tests.reliability.reckoning import Place, rows_of
from tests.reliability.scale import chance
from tests.servers import PostgresServer, RedisServer, postgres_server, redis_server


@dataclass(frozen=True)
class Site:
    """The hosts, and the servers that the product needs, running."""

    customers: Host
    machines: tuple[Host, ...]
    database: Host
    postgres: PostgresServer
    cache: Host
    redis: RedisServer


@contextlib.contextmanager
def site(folder: Path) -> Iterator[Site]:
    """Hosts for two machines of the product. Whoever is inside is where the customers are."""
    with network("customers", "a", "b", "database", "cache") as hosts, contextlib.ExitStack() as stack:
        customers, a, b, database, cache = hosts
        with database.entered():
            postgres = stack.enter_context(postgres_server(database.address, NETWORK))
        with cache.entered():
            redis = stack.enter_context(redis_server(folder, cache.address))
        stack.enter_context(customers.entered())
        yield Site(customers, (a, b), database, postgres, cache, redis)


@dataclass(frozen=True)
class Machine:
    """A host with a web and a worker, which share a home."""

    host: Host
    web: Served
    worker: Served


@dataclass(frozen=True)
class Installation:
    """The running whole. `engine` looks into the database from the customers' host; `said` is all that customers have said, by channel and chat."""

    site: Site
    machines: tuple[Machine, ...]
    telegram: FakeTelegram
    engine: Engine
    chance: Random
    said: dict[Place, list[str]] = field(default_factory=dict)

    @property
    def doors(self) -> list[str]:
        """Where customers of the web chat may come in."""
        return [machine.web.url for machine in self.machines]

    def poller(self) -> Machine:
        """Who asks Telegram for news."""
        return next(one for one in self.machines if one.host.address == self.telegram.asked_by)

    def number(self, machine: Machine) -> int | None:
        """Under which number its worker works; None where it has none."""
        mine = select(func.max(process.c.id)).where(process.c.pid == machine.worker.process.pid)
        found: int | None = rows_of(self.engine, mine)[0][0]
        return found

    def in_hand(self, number: int | None) -> tuple[int, int]:
        """How many messages a worker has in its hands, and how many sends, as far as the database knows."""
        held = ((message, "running"), (reply, "sending"))
        counts = [
            select(func.count()).select_from(table).where(table.c.state == state, table.c.process_id == number)
            for table, state in held
        ]
        messages, sends = (int(rows_of(self.engine, count)[0][0]) for count in counts)
        return messages, sends


@contextlib.asynccontextmanager
async def installed(place: Site, homes: Path, **environment: str) -> AsyncIterator[Installation]:
    """The product on the machines of a site, with an empty database."""
    url = place.postgres.database()
    async with FakeTelegram(address=place.customers.address, lag=0.3) as telegram:
        values = {
            "FRONTLINE_DATABASE_URL": url,
            "FRONTLINE_REDIS_URL": place.redis.url,
            "FRONTLINE_RASA__ENABLED": "false",
            "FRONTLINE_TELEGRAM__TOKEN": TOKEN,
            "FRONTLINE_TELEGRAM__BASE_URL": telegram.base_url,
            **environment,
        }
        machines = tuple(_start(host, fresh_home(homes / host.name), values) for host in place.machines)
        everything = [served for machine in machines for served in (machine.web, machine.worker)]
        try:
            for served in everything:
                await asyncio.to_thread(served.wait, rasa=False)
            yield Installation(place, machines, telegram, create_engine(url, poolclass=NullPool), chance())
        finally:
            await asyncio.gather(*(asyncio.to_thread(stop, served) for served in everything))


def _start(host: Host, home: Path, values: dict[str, str]) -> Machine:
    with host.entered():
        web, worker = (
            serve(home, address=host.address, port=port, **values, FRONTLINE_ROLE=role)
            for role, port in (("web", 8080), ("worker", 8081))
        )
    return Machine(host, web, worker)
