"""The sample content, fitted once for all measurements."""

from __future__ import annotations

import pytest

from nlu.snapshot import Snapshot, fit
from nlu.understanding import Understanding
from tests.nlu.sample import load_content


@pytest.fixture(scope="session")
def snapshot() -> Snapshot:
    """A snapshot of the sample content."""
    return fit(load_content())


@pytest.fixture(scope="session")
def understanding(snapshot: Snapshot) -> Understanding:
    """Reads with the snapshot of the sample content."""
    return Understanding(snapshot)
