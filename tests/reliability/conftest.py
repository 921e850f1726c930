"""Real servers for tests that kill what uses them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers import PostgresServer, postgres_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One server for all tests of this process."""
    with postgres_server() as server:
        yield server
