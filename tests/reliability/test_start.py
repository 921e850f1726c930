"""Whoever starts while the database is away waits for it, and serves once it is there."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from bot.errors import StorageAway
from bot.storage import opening
from bot.storage.opening import once_there
from tests.e2e.conftest import Served, serve, stop
from tests.homes import fresh_home
from tests.servers import PostgresServer, postgres_server


@pytest.mark.parametrize("role", ["web", "worker"])
def test_who_starts_before_the_database_waits_and_then_serves(tmp_path: Path, role: str) -> None:
    with postgres_server() as postgres:
        environment = {"FRONTLINE_DATABASE_URL": postgres.database(), "FRONTLINE_RASA__ENABLED": "false"}
        postgres.stop()
        served = serve(fresh_home(tmp_path / "home"), FRONTLINE_ROLE=role, **environment)
        try:
            wait_until_it_waits(served)
            serves_once_there(served, postgres)
        finally:
            stop(served)


def wait_until_it_waits(served: Served) -> None:
    """The log says so, with what a person can do."""
    log, end = served.home / "serve.log", time.monotonic() + 60
    while "database.away" not in log.read_text():
        assert served.process.poll() is None, log.read_text()
        assert time.monotonic() < end, log.read_text()
        time.sleep(0.1)
    assert "start the server" in log.read_text()


def serves_once_there(served: Served, postgres: PostgresServer) -> None:
    """Without being started again."""
    postgres.start()
    served.wait(rasa=False)
    assert "Traceback" not in (served.home / "serve.log").read_text()


async def test_a_database_that_goes_away_in_the_middle_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "_ASK_EVERY", 0.0)
    tries = 0

    async def work() -> str:
        nonlocal tries
        tries += 1
        await asyncio.sleep(0)
        if tries < 3:
            raise StorageAway("the database is away: AdminShutdown")
        return "done"

    assert (await once_there(work), tries) == ("done", 3)
