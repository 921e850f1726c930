"""A Graph API of its own for every test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.fakes.graph import FakeGraph


@pytest.fixture
async def graph() -> AsyncIterator[FakeGraph]:
    async with FakeGraph() as made:
        yield made
        assert made.mistakes == []
