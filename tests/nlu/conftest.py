"""The sample content, fitted once for all measurements."""

from __future__ import annotations

import pytest

from nlu.folder import SnapshotFolder
from nlu.snapshot import Snapshot
from nlu.understanding import Understanding
from tests.homes import fresh_home


@pytest.fixture(scope="session")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """The snapshot of the sample content that the product itself publishes."""
    found = SnapshotFolder(fresh_home(tmp_path_factory.mktemp("home")) / "snapshots").current()
    assert found is not None
    return found


@pytest.fixture(scope="session")
def understanding(snapshot: Snapshot) -> Understanding:
    """Reads with the snapshot of the sample content."""
    return Understanding(snapshot)
