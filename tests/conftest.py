"""What every kind of test may use."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import structlog

if TYPE_CHECKING:
    from xdist.remote import Producer
    from xdist.scheduler import LoadScopeScheduling

os.environ.setdefault("PTB_TIMEDELTA", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "unbalanced: leaves a database behind whose ledger does not balance, on purpose")


_TOGETHER = re.compile(r"tests/(?:rasa|nlu|hostile)/|[^:]*")
_LONG = ("tests/hostile/", "/test_hosts.py", "/test_crash_points.py", "tests/reliability/", "tests/rasa/", "tests/nlu/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first, so that in the end nobody waits for it."""
    items.sort(key=lambda item: next((place for place, part in enumerate(_LONG) if part in item.nodeid), len(_LONG)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """A file stays with one process, and so do folders whose tests share what takes long to start.

    Not `xdist_group`: pytest 9.2 hides from xdist 3.8 which group a test is in.
    """
    from xdist.scheduler import LoadScopeScheduling  # only who runs several processes needs it

    class Together(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            found = _TOGETHER.match(nodeid)
            return found[0] if found else nodeid

    return Together(config, log)


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
