"""Asks X for something in the account's name, and says what a refusal means."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

from bot.channels.calls import Calls
from bot.channels.fields import Json
from bot.channels.x.access import XAccess
from bot.channels.x.failures import refusal
from bot.channels.x.oauth import authorization

Clock = Callable[[], float]


class XClient:
    """One account's requests. `clock` gives Unix seconds."""

    def __init__(self, access: XAccess, *, clock: Clock = time.time) -> None:
        self._access = access
        self._clock = clock
        self._calls = Calls(access.base_url, "X")

    async def ask(self, method: str, path: str, body: Json | None = None) -> Json:
        """X's answer to a request. Raises DeliveryError, certain only where X has surely done nothing."""
        headers = self.signed(method, self._access.base_url.rstrip("/") + path)
        answer = await self._calls.ask(method, path, headers=headers, body=body, within=self._access.request_seconds)
        if not answer.good:
            raise refusal(answer, self._clock())
        return answer.body

    def signed(self, method: str, url: str) -> dict[str, str]:
        """The header that lets X know in whose name `url` is asked for, once."""
        nonce, now = secrets.token_hex(16), int(self._clock())
        return {"Authorization": authorization(self._access, method, url, nonce=nonce, timestamp=now)}

    async def close(self) -> None:
        """Close the connections."""
        await self._calls.close()
