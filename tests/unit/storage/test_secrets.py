"""Secrets are the same for all processes of a database, whoever asks first."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from bot.storage.schema import upgrade
from bot.storage.secrets import shared_secret
from bot.storage.store import Store


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[Store, Store]]:
    """Two processes' ends of one database."""
    first, second = (Store(f"sqlite:///{tmp_path / 'front.db'}", reserve_bytes=0) for _ in range(2))
    upgrade(first.engine)
    yield first, second
    first.close()
    second.close()


async def test_all_who_ask_at_once_get_the_same(two: tuple[Store, Store]) -> None:
    asked = (store.write(partial(shared_secret, name="form")) for _ in range(20) for store in two)
    assert len(set(await asyncio.gather(*asked))) == 1


async def test_who_asks_later_gets_what_the_first_one_got(two: tuple[Store, Store]) -> None:
    first, second = [await store.write(partial(shared_secret, name="form")) for store in two]
    assert first == second


async def test_each_name_has_a_secret_of_its_own_that_nobody_guesses(two: tuple[Store, Store], tmp_path: Path) -> None:
    other = Store(f"sqlite:///{tmp_path / 'other.db'}", reserve_bytes=0)
    upgrade(other.engine)
    made = [
        await two[0].write(partial(shared_secret, name="form")),
        await two[0].write(partial(shared_secret, name="another")),
        await other.write(partial(shared_secret, name="form")),
    ]
    other.close()
    assert len(set(made)) == 3
    assert all(len(secret) >= 43 for secret in made)  # 256 bits in base64
