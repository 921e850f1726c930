"""One account's way to the Graph API: signed requests out, bounded answers in, and every failure said in our words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    DummyCookieJar,
)

from bot.channels.fields import Json, string
from bot.channels.graph.failures import SHARED, Answer, Meanings, delivery_error
from bot.channels.graph.signing import proof
from bot.errors import DeliveryError

MAX_ANSWER = 256 * 1024  # bytes; an answer to a send is a few ids
_CONNECT = 5.0  # seconds; sooner than the whole, for what never left is certain
_BEFORE_LEAVING = (ClientConnectorError, ConnectionTimeoutError)  # nobody can have received the request


@dataclass(frozen=True)
class Graph:
    """Where the Graph API is, and the app that we are to it. `url` without a version; `version` as v24.0; `seconds` a request may take."""

    app_secret: str = field(repr=False)
    url: str = "https://graph.facebook.com"
    version: str = "v24.0"
    seconds: float = 20.0


class GraphClient:
    """Speaks for the account that `token` is for. `meanings`: what codes mean that only this product has, beside the shared ones.

    The token travels in a header, never in an address; failures hold neither it nor what was sent.
    """

    def __init__(self, graph: Graph, token: str, *, meanings: Meanings | None = None) -> None:
        self._base = f"{graph.url.rstrip('/')}/{graph.version}"
        self._timeout = ClientTimeout(total=graph.seconds, sock_connect=min(_CONNECT, graph.seconds / 2))
        self._headers = {"Authorization": f"Bearer {token}"}
        self._proof = {"appsecret_proof": proof(graph.app_secret, token)}
        self._meanings: Meanings = {**SHARED, **(meanings or {})}
        self._session: ClientSession | None = None

    async def start(self) -> None:
        """Open connections."""
        self._session = ClientSession(timeout=self._timeout, headers=self._headers, cookie_jar=DummyCookieJar())

    async def close(self) -> None:
        """Close them."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def post(self, path: str, body: Json) -> Json:
        """Send `body` to `path` ("4711/messages") and return what came back. Raises DeliveryError."""
        return await self._ask("POST", path, {}, body)

    async def create(self, path: str, body: Json, named: str = "message_id") -> str:
        """Send `body` to `path` and return the id of what it has become. Raises DeliveryError, also for a yes without one."""
        created = string(await self.post(path, body), named)
        if not created:
            raise DeliveryError("nobody knows whether Meta took it (a yes without an id)", certain=False)
        return created

    async def get(self, path: str, **query: str) -> Json:
        """What is at `path` ("me"), with `query` (such as fields="id,name"). Raises DeliveryError."""
        return await self._ask("GET", path, query, None)

    async def _ask(self, method: str, path: str, query: Mapping[str, str], sent: Json | None) -> Json:
        if self._session is None:
            await self.start()
        assert self._session is not None
        address = f"{self._base}/{path}"
        try:
            async with self._session.request(
                method, address, params={**query, **self._proof}, json=sent, allow_redirects=False
            ) as answer:
                body = _decoded(await _bounded(answer.content))
                read = Answer(answer.status, answer.headers, body or {})
        # Not "from error": the frames below hold the token and the customer's words.
        except _BEFORE_LEAVING:
            raise DeliveryError("Meta cannot be reached", of_account=True) from None
        except (ClientError, TimeoutError, OSError) as error:
            reason = f"nobody knows whether Meta took it ({type(error).__name__})"
            raise DeliveryError(reason, certain=False) from None
        if read.status != 200 or "error" in read.body:
            raise delivery_error(read, self._meanings)
        if body is None:
            raise DeliveryError("nobody knows whether Meta took it (an answer that is none)", certain=False)
        return body


async def _bounded(content: Any) -> bytes:
    read = b""
    async for part in content.iter_any():
        read += part
        if len(read) > MAX_ANSWER:
            return b""
    return read


def _decoded(body: bytes) -> Json | None:
    """The object that `body` is; None for anything else."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None
