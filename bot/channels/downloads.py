"""Fetches files from a vendor's own hosts, and from nowhere else, whatever a message says of where they are."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout, DummyCookieJar
from yarl import URL

from bot.domain.message import Missing
from bot.errors import FileMissing

MAX_BYTES = 20 * 1024 * 1024
"""The largest file that is fetched: what Telegram hands to bots (https://core.telegram.org/bots/api#getfile), and more than WhatsApp takes of audio and video."""
WITHIN = 60.0  # seconds for a file
MAX_REDIRECTS = 3
_GONE = (400, 403, 404, 410)  # 403: a signed address has run out. Not 401: that is about us, and can be mended


class Downloads:
    """Over HTTPS from `hosts` and all below them. `origin`: our own setting of where the vendor is, which may be anywhere."""

    def __init__(self, hosts: Collection[str], *, origin: str = "") -> None:
        self._hosts = tuple(hosts)
        self._origin = URL(origin).origin() if origin else None
        self._session: ClientSession | None = None

    async def fetch(self, address: str, headers: Mapping[str, str] | None = None) -> bytes:
        """What is at `address`. `headers` go to that address alone, and not to where it may redirect. Raises FileMissing."""
        if self._session is None:
            self._session = ClientSession(cookie_jar=DummyCookieJar(), timeout=ClientTimeout(total=WITHIN))
        try:
            where = URL(address)
            for _ in range(1 + MAX_REDIRECTS):
                if not self._is_vendors(where):
                    raise FileMissing(Missing.GONE)
                async with self._session.get(where, headers=headers, allow_redirects=False) as response:
                    if response.status not in (301, 302, 303, 307, 308):
                        return await _content(response)
                    where, headers = where.join(URL(response.headers.get("Location", ""))), None
        except ValueError:  # no address
            raise FileMissing(Missing.GONE) from None
        except (ClientError, TimeoutError):
            raise FileMissing(Missing.UNREACHABLE) from None
        raise FileMissing(Missing.GONE)

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    def _is_vendors(self, where: URL) -> bool:
        if not where.host or where.user or where.password:
            return False
        if self._origin is not None and where.origin() == self._origin:
            return True
        plain = where.scheme == "https" and where.port == 443
        return plain and any(where.host == one or where.host.endswith(f".{one}") for one in self._hosts)


async def _content(response: ClientResponse) -> bytes:
    if response.status in _GONE:
        raise FileMissing(Missing.GONE)
    if response.status != 200:
        raise FileMissing(Missing.UNREACHABLE)
    if (response.content_length or 0) > MAX_BYTES:
        raise FileMissing(Missing.TOO_LARGE)
    content = bytearray()
    async for chunk in response.content.iter_any():
        content += chunk
        if len(content) > MAX_BYTES:
            raise FileMissing(Missing.TOO_LARGE)
    return bytes(content)
