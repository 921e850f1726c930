"""One account's way to the Graph API: requests that prove who we are, and every failure said in our words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.channels.calls import WITHIN, Calls
from bot.channels.downloads import Downloads
from bot.channels.fields import Json, string
from bot.channels.graph.failures import SHARED, Meanings, delivery_error
from bot.channels.graph.signing import proof
from bot.errors import DeliveryError

FILE_HOSTS = ("fbcdn.net", "fbsbx.com", "cdninstagram.com")
"""Where Meta has what customers send: scontent.xx.fbcdn.net, cdn.fbsbx.com, lookaside.fbsbx.com/ig_messaging_cdn, scontent.cdninstagram.com."""
MEDIA_HOSTS = ("lookaside.fbsbx.com",)
"""Where Meta has WhatsApp's media. Narrower, for the token goes there, and others' applications are below fbsbx.com as well."""


@dataclass(frozen=True)
class Graph:
    """Where the Graph API is, and the app that we are to it. `url` without a version; `version` as v24.0; `within`: seconds a request may take."""

    app_secret: str = field(repr=False)
    url: str = "https://graph.facebook.com"
    version: str = "v24.0"
    within: float = WITHIN


class GraphClient:
    """Speaks for the account that `token` is for. `meanings`: what codes mean that only this product has, beside the shared ones.

    The token travels in a header, never in an address; failures hold neither it nor what was sent. It goes to the Graph API and to WhatsApp's media alone.
    """

    def __init__(self, graph: Graph, token: str, *, meanings: Meanings | None = None) -> None:
        self._calls = Calls(f"{graph.url.rstrip('/')}/{graph.version}", "Meta")
        self._files = Downloads(FILE_HOSTS, origin=graph.url)
        self._media = Downloads(MEDIA_HOSTS, origin=graph.url)
        self._within = graph.within
        self._headers = {"Authorization": f"Bearer {token}"}
        self._proof = {"appsecret_proof": proof(graph.app_secret, token)}
        self._meanings: Meanings = {**SHARED, **(meanings or {})}

    async def close(self) -> None:
        """Close the connections."""
        await self._files.close()
        await self._media.close()
        await self._calls.close()

    async def download(self, address: str) -> bytes:
        """The file at an address that came in an update, and holds its own signature. Raises FileMissing."""
        return await self._files.fetch(address)

    async def download_media(self, address: str) -> bytes:
        """The file at an address that Meta has told us, for whoever has the token. Raises FileMissing."""
        return await self._media.fetch(address, self._headers)

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

    async def _ask(self, method: str, path: str, query: Mapping[str, str], body: Json | None) -> Json:
        answer = await self._calls.ask(
            method, f"/{path}", headers=self._headers, body=body, query={**query, **self._proof}, within=self._within
        )
        if not answer.good or "error" in answer.body:
            raise delivery_error(answer, self._meanings)
        return answer.body
