"""How much one visitor, and one address, may ask for."""

from __future__ import annotations

import math

from bot.errors import RequestRejected
from bot.rates import Bucket, Claim, Rates
from bot.web.address import network


class Limits:
    """The limits of the chat's doors.

    An address may be a whole office or mobile network, so it gets much more than a visitor; None (this machine) has no limit.
    """

    def __init__(self, rates: Rates) -> None:
        self._rates = rates
        self.messages = Bucket("chat.messages", burst=12, per_second=0.5)
        self.messages_of_address = Bucket("chat.messages_of_address", burst=200, per_second=20)
        self.starts_of_address = Bucket("chat.starts_of_address", burst=60, per_second=2)
        self.sockets_of_address = Bucket("chat.sockets_of_address", burst=200, per_second=10)

    async def message(self, visitor: str, address: str | None) -> None:
        """A message is sent. Raises RequestRejected(429) if that is too many."""
        await self._take((self.messages, visitor), *_of(self.messages_of_address, address))

    async def start(self, address: str | None) -> None:
        """A conversation is begun. Raises like `message`."""
        await self._take(*_of(self.starts_of_address, address))

    async def socket(self, address: str | None) -> None:
        """A page wants to hear live. Raises like `message`."""
        await self._take(*_of(self.sockets_of_address, address))

    async def _take(self, *claims: Claim) -> None:
        seconds = await self._rates.take(*claims)
        if seconds:
            wait = max(1, math.ceil(seconds))
            raise RequestRejected(f"too many at once; try again in {wait} s", status=429, retry_after=wait)


def _of(rate: Bucket, address: str | None) -> list[Claim]:
    return [] if address is None else [(rate, network(address))]
