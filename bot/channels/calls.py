"""Calls to a vendor's API: JSON over HTTP, with deadlines, bounded answers, and failures told for what they mean."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientPayloadError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
)
from multidict import CIMultiDictProxy

from bot.channels.fields import Json
from bot.errors import DeliveryError

WITHIN = 20.0  # seconds for a call, answer included
MAX_ANSWER = 32 * 1024 * 1024  # bytes


@dataclass(frozen=True)
class Answer:
    """What came back. `body` is empty where that was no JSON object."""

    status: int
    headers: CIMultiDictProxy[str]
    body: Json

    @property
    def good(self) -> bool:
        """Whether it was granted."""
        return 200 <= self.status < 300


class Calls:
    """One server, by the address `base_url`; `vendor` is how failures call it. Follows no redirects, for our secrets would go along."""

    def __init__(self, base_url: str, vendor: str) -> None:
        self._base_url = base_url.rstrip("/")
        self._vendor = vendor
        self._session: ClientSession | None = None

    async def ask(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        body: Json | None = None,
        query: Mapping[str, str] | None = None,
        within: float = WITHIN,
    ) -> Answer:
        """The server's answer, whatever its status. Raises DeliveryError: certain where nothing can have reached it, else not."""
        if self._session is None:
            self._session = ClientSession()
        try:
            async with self._session.request(
                method,
                self._base_url + path,
                json=body,
                params=query,
                headers=headers,
                allow_redirects=False,
                timeout=ClientTimeout(total=within, sock_connect=WITHIN / 2),
            ) as response:
                return Answer(response.status, response.headers, _object(await _bounded(response)))
        except (ClientConnectorError, ConnectionTimeoutError):
            raise DeliveryError(f"{self._vendor} cannot be reached", of_account=True) from None
        except (ClientError, TimeoutError) as error:
            reason = f"nobody knows whether {self._vendor} took it: {type(error).__name__}"
            raise DeliveryError(reason, certain=False) from None

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()


async def _bounded(response: ClientResponse) -> bytes:
    content = bytearray()
    async for chunk in response.content.iter_any():
        content += chunk
        if len(content) > MAX_ANSWER:
            raise ClientPayloadError("too long")
    return bytes(content)


def _object(content: bytes) -> Json:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
