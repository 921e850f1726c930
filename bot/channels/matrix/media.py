"""Fetches files that were sent in rooms: by way of our homeserver alone, whichever server they are from, and opens what is encrypted."""

from __future__ import annotations

import asyncio
from urllib.parse import quote

from nio.crypto.attachments import decrypt_attachment
from nio.exceptions import EncryptionError

from bot.channels.downloads import Downloads
from bot.channels.matrix.homeserver import Homeserver
from bot.channels.matrix.sources import Seal, place_of
from bot.domain.message import Missing
from bot.errors import DeliveryError, FileMissing

# Since Matrix 1.11 media are for members alone: https://spec.matrix.org/v1.12/client-server-api/#get_matrixclientv1mediadownloadservernamemediaid
_DOWNLOAD = "/_matrix/client/v1/media/download"
_DOWNLOAD_BEFORE = "/_matrix/media/v3/download"


class Media:
    """What our homeserver has of all homeservers' media."""

    def __init__(self, server: Homeserver) -> None:
        self._server = server
        self._downloads = Downloads((), origin=server.url)

    async def fetch(self, source: str) -> bytes:
        """The file as its sender saw it. Raises FileMissing; what was changed on its way is gone, too."""
        place = place_of(source)
        if place is None:
            raise FileMissing(Missing.GONE)
        content = await self._download(f"/{quote(place.server, safe='')}/{quote(place.media, safe='')}")
        return content if place.seal is None else await asyncio.to_thread(_opened, content, place.seal)

    async def close(self) -> None:
        """Close the connections."""
        await self._downloads.close()

    async def _download(self, path: str) -> bytes:
        url, token = self._server.url.rstrip("/"), await self._token()
        try:
            return await self._downloads.fetch(url + _DOWNLOAD + path, {"Authorization": f"Bearer {token}"})
        except FileMissing as missing:
            if missing.why is not Missing.GONE:
                raise
        return await self._downloads.fetch(url + _DOWNLOAD_BEFORE + path)  # a server that is older has it here

    async def _token(self) -> str:
        """A token that is good just now: with another one every file would look as if it were gone."""
        try:
            return await self._server.good_token()
        except DeliveryError:  # the file is there, and can be had once we are let in again
            raise FileMissing(Missing.UNREACHABLE) from None


def _opened(content: bytes, seal: Seal) -> bytes:
    try:
        return bytes(decrypt_attachment(content, seal.key, seal.sha256, seal.iv))
    except (EncryptionError, ValueError):
        raise FileMissing(Missing.GONE) from None
