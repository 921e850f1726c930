"""A server that is no vendor's, on a port of its own: whoever connects to it is counted, whatever they wanted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass


@dataclass
class Elsewhere:
    """`visits` counts connections."""

    port: int = 0
    visits: int = 0

    def address(self, scheme: str = "http", path: str = "/photo.png") -> str:
        """An address here."""
        return f"{scheme}://127.0.0.1:{self.port}{path}"


@asynccontextmanager
async def elsewhere() -> AsyncIterator[Elsewhere]:
    """It listens until the context ends."""
    place = Elsewhere()

    def visit(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        place.visits += 1
        writer.close()

    server = await asyncio.start_server(visit, "127.0.0.1", 0)
    place.port = server.sockets[0].getsockname()[1]
    async with server:
        yield place
