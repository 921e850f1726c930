"""Direct messages of the account: not encrypted ones, which X hands to no program in readable form."""

from __future__ import annotations

import asyncio
import time

from bot.channels.base import Capabilities
from bot.channels.pacing import Pace, Sleep
from bot.channels.parts import send_parts
from bot.channels.plain import plain
from bot.channels.splitting import split
from bot.channels.x.access import XAccess
from bot.channels.x.account import XAccount
from bot.channels.x.client import Clock
from bot.channels.x.delivery import DIRECT, ident
from bot.domain.message import Attachment
from bot.domain.reply import Outgoing, Receipt
from bot.errors import DeliveryError
from bot.rates import Rates, Window

MAX_TEXT = 10_000  # characters: POST direct_messages/events/new of API 1.1; API 2 names no limit
# https://docs.x.com/x-api/fundamentals/rate-limits, POST /2/dm_conversations/with/:participant_id/messages
RATES = (Window("x.direct", most=15, seconds=900.0), Window("x.direct.day", most=1440, seconds=86_400.0))


class XDirect(XAccount):
    """The account in direct messages. X tells when they are read; buttons are numbered lines, for API 2 has none."""

    name = DIRECT
    capabilities = Capabilities(max_text=MAX_TEXT, receipts=True)

    def __init__(
        self, access: XAccess, rates: Rates, *, sleep: Sleep = asyncio.sleep, clock: Clock = time.time
    ) -> None:
        super().__init__(access, Pace(rates, access.account, overall=RATES, sleep=sleep), clock=clock)

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Write to the customer. The receipt names the last message."""
        chat = ident({"id": outgoing.key.chat}, "id")
        if not chat:
            raise DeliveryError("this is no account of X", permanent=True)

        async def write(text: str) -> str:
            return await self._write(f"/2/dm_conversations/with/{chat}/messages", {"text": text}, "dm_event_id")

        return await send_parts(split(plain(outgoing, with_choices=True), MAX_TEXT), self._pace, chat, write)

    async def fetch(self, file: Attachment) -> bytes:
        """The content of a photo or video, which X gives to the two of the conversation alone. Raises FileMissing."""
        return await self._downloads.fetch(file.source, self._client.signed("GET", file.source))
