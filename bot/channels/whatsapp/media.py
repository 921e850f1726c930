"""Fetches what customers send: Meta tells where a file is by its media id, and for five minutes hands it out there to whoever has the token.

https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media
"""

from __future__ import annotations

import re

from bot.channels.downloads import MAX_BYTES
from bot.channels.fields import integer, string
from bot.channels.graph.client import GraphClient
from bot.domain.message import Missing
from bot.errors import FileMissing

_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")  # it becomes a part of a path


async def download(client: GraphClient, number: str, media_id: str) -> bytes:
    """The file that came in at `number`. Raises FileMissing, and DeliveryError where Meta does not tell where it is."""
    if not _ID.fullmatch(media_id):
        raise FileMissing(Missing.GONE)
    told = await client.get(media_id, phone_number_id=number)
    if (integer(told, "file_size") or 0) > MAX_BYTES:
        raise FileMissing(Missing.TOO_LARGE)
    return await client.download_media(string(told, "url"))
