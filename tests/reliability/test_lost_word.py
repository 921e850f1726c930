"""The database commits, and the line breaks before it can say so: nobody knows what is done, and all of it is done once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Self
from urllib.parse import urlsplit

import pytest

from tests.contract.storage.customers import states
from tests.reliability.lone_house import LoneHouse
from tests.servers import LOOPBACK, PostgresServer, postgres_server

_COMMITTED = b"C\x00\x00\x00\x0bCOMMIT\x00"  # PostgreSQL, "Message Formats": CommandComplete


class Line:
    """A line to the database. After `breaks` further commits it breaks, instead of saying that one more is done."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._far = parts.hostname, parts.port
        self._url = url
        self.breaks: int | None = None
        self.broken = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._carry, LOOPBACK, 0)
        self._carried: set[asyncio.Task[None]] = set()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await asyncio.gather(*self._carried)  # until both ends have hung up

    @property
    def url(self) -> str:
        """The database at the end of this line."""
        return self._url.replace(f":{self._far[1]}/", f":{self._server.sockets[0].getsockname()[1]}/")

    async def _carry(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._carried.add(task)
        far, there = await asyncio.open_connection(*self._far)
        ways = [asyncio.create_task(self._copy(near, there)), asyncio.create_task(self._copy(far, back))]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        for writer in (back, there):
            writer.close()
            await writer.wait_closed()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            if self.breaks is not None and _COMMITTED in data:
                self.breaks -= 1
                if self.breaks < 0:
                    self.breaks = None
                    self.broken.set()
                    return
            writer.write(data)


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    with postgres_server() as server:
        yield server


@pytest.mark.parametrize("commit", ["taken", "answered", "announced", "sent"])
async def test_a_message_is_answered_once_whichever_commit_nobody_hears_of(
    postgres: PostgresServer, commit: str
) -> None:
    """These are the commits of a turn, in their order."""
    async with Line(postgres.database()) as line, await asyncio.to_thread(LoneHouse, line.url) as house:
        accepted = 1  # the commit before them
        line.breaks = accepted + ["taken", "answered", "announced", "sent"].index(commit)
        await house.hears(1)
        await house.replies(sent=1)
        assert line.broken.is_set()
        assert house.wire.arrived == [1]
        assert await house.store.read(states) == ["answered"]
