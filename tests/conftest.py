"""What every kind of test may use."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import pytest
import structlog

os.environ.setdefault("PTB_TIMEDELTA", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "unbalanced: leaves a database behind whose ledger does not balance, on purpose")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first, so that in the end nobody waits for it."""
    items.sort(key=lambda item: ("/test_hosts.py" not in item.nodeid, "/reliability/" not in item.nodeid))


@pytest.fixture(autouse=True)
def let_go_of_applications() -> Iterator[None]:
    """aiohttp remembers the handlers of the last 1 024 applications, and with each of ours all that its front line has read: 200 MB."""
    yield
    if "aiohttp.web_app" in sys.modules:
        sys.modules["aiohttp.web_app"]._cached_build_middleware.cache_clear()


@pytest.fixture(autouse=True)
def ledger_balances(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test has done to messages: the ledger of every database in its folder balances in the end."""
    folder = request.getfixturevalue("tmp_path") if "tmp_path" in request.fixturenames else None
    yield
    if folder is not None and request.node.get_closest_marker("unbalanced") is None:
        from tests.books import check_folder  # most tests have no database

        check_folder(folder)


@pytest.fixture(autouse=True)
def logs_as_they_come() -> Iterator[None]:
    """What a test sets up of the logs, as commands do, is for that test alone."""
    yield
    structlog.reset_defaults()
