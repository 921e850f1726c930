"""What both channels of an account share: its settings, its client, and asking X who we are."""

from __future__ import annotations

import time
from typing import Any

from bot.channels.base import Channel
from bot.channels.downloads import Downloads
from bot.channels.fields import Json, label, mapping
from bot.channels.pacing import Pace
from bot.channels.x.access import XAccess
from bot.channels.x.client import Clock, XClient
from bot.channels.x.delivery import ident
from bot.channels.x.media import HOSTS
from bot.domain.message import Attachment
from bot.errors import DeliveryError, Fault, SettingsError


class XAccount(Channel):
    """One account of X in one of its two roles."""

    def __init__(self, access: XAccess, pace: Pace, *, clock: Clock = time.time) -> None:
        self.account = access.account
        self._access = access
        self._pace = pace
        self._client = XClient(access, clock=clock)
        self._downloads = Downloads(HOSTS, origin=access.base_url)

    def faults(self) -> list[Fault]:
        """All that is wrong with the settings."""
        return self._access.faults()

    async def start(self) -> None:
        """Raises SettingsError for settings that cannot work. X is asked for nothing before there is something to say."""
        if faults := self.faults():
            raise SettingsError(faults)

    async def check(self) -> str:
        """Ask X whose keys these are. Raises DeliveryError where it refuses us or cannot be reached."""
        answer = await self._client.ask("GET", "/2/users/me")
        me = mapping(answer, "data")
        if ident(me, "id") != self.account:
            raise DeliveryError("X answers for another account: set both halves of one access token", permanent=True)
        return f"@{label(me, 'username', 64)} ({label(me, 'name', 256)}) is called at /webhooks/x/{self.account}"

    async def fetch(self, file: Attachment) -> bytes:
        """The content of a photo or video, as X gives it to anybody. Raises FileMissing."""
        return await self._downloads.fetch(file.source)

    async def close(self) -> None:
        """Close the connections."""
        await self._downloads.close()
        await self._client.close()

    async def _write(self, path: str, body: dict[str, Any], id_name: str) -> str:
        """Have X write something, and return the id it gave it."""
        try:
            answer = await self._client.ask("POST", path, body=body)
        except DeliveryError as failure:
            if failure.retry_after:
                await self._pace.pause(failure.retry_after)
            raise
        return _id_of(answer, id_name)


def _id_of(answer: Json, name: str) -> str:
    found = ident(mapping(answer, "data"), name)
    if not found:
        raise DeliveryError("nobody knows whether X took it: its answer cannot be read", certain=False)
    return found
