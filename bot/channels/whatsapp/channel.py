"""WhatsApp: the conversations of one business number.

https://developers.facebook.com/documentation/business-messaging/whatsapp/overview
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from datetime import timedelta

from bot.channels.base import Capabilities, Channel
from bot.channels.fields import Json, label, mappings, string
from bot.channels.graph.client import GraphClient
from bot.channels.graph.delivery import Delivery
from bot.channels.graph.door import Route, Translate
from bot.channels.pacing import Pace, Sleep
from bot.channels.parts import send_parts
from bot.channels.whatsapp.changes import translate
from bot.channels.whatsapp.failures import asks_for_silence_in_chat
from bot.channels.whatsapp.media import download
from bot.channels.whatsapp.people import is_known_form
from bot.channels.whatsapp.rendering import MAX_ROW, MAX_ROWS, MAX_TEXT, UNIT, addressed, render
from bot.channels.whatsapp.told import CHANNEL
from bot.domain.conversation import ConversationKey
from bot.domain.message import Attachment, EventKind, InboundEvent
from bot.domain.reply import Outgoing, Receipt
from bot.errors import DeliveryError
from bot.rates import Bucket, Rates, Window

_log = logging.getLogger(__name__)

# https://developers.facebook.com/documentation/business-messaging/whatsapp/throughput
_OVERALL = Window("whatsapp.overall", most=80, seconds=1.0)
_OF_CHAT = Bucket("whatsapp.chat", burst=45, per_second=1 / 6)
_MAX_LATEST = 10_000  # chats whose latest message is known, for "writing…"


class WhatsAppChannel(Channel):
    """One number. `business` is the WhatsApp business account it belongs to, which some of Meta's updates name instead."""

    name = CHANNEL
    capabilities = Capabilities(
        max_text=MAX_TEXT,
        unit=UNIT,
        max_buttons=MAX_ROWS,
        max_label=MAX_ROW,
        receipts=True,
        window=timedelta(hours=24),
        agent_window=timedelta(hours=24),
    )

    def __init__(
        self, client: GraphClient, number: str, business: str, rates: Rates, *, sleep: Sleep = asyncio.sleep
    ) -> None:
        self.account = number
        self._client = client
        self._business = business
        self._pace = Pace(rates, number, overall=(_OVERALL,), of_chat=(_OF_CHAT,), sleep=sleep)
        self._latest: OrderedDict[str, str] = OrderedDict()

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    def routes(self) -> dict[Route, Translate]:
        """The updates that are ours: those of the number, and those of its account that name no number."""
        own = ("whatsapp_business_account", self.account, "changes")
        return {own: self._translate, ("whatsapp_business_account", self._business, "changes"): translate}

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Send all parts of a reply in order. The receipt names the last one, which has the choices."""
        chat = outgoing.key.chat
        if not is_known_form(chat):
            raise DeliveryError("this is no customer of WhatsApp", permanent=True)

        async def send(content: Json) -> str:
            return await self._send(addressed(content, chat), chat)

        return await send_parts(render(outgoing), self._pace, chat, send)

    async def fetch(self, file: Attachment) -> bytes:
        """What the customer sent, for seven days. Raises FileMissing, DeliveryError."""
        return await download(self._client, self.account, file.source)

    async def typing(self, key: ConversationKey) -> None:
        """Show the latest message as read, and "writing…" for up to 25 seconds."""
        latest = self._latest.get(key.chat)
        if latest is None:  # it came in another process, or long ago
            return
        read: Json = {"messaging_product": "whatsapp", "status": "read", "message_id": latest}
        try:
            await self._client.post(self._messages, read | {"typing_indicator": {"type": "text"}})
        except DeliveryError as error:
            _log.debug("typing could not be shown: %s", error.reason)

    async def check(self) -> str:
        """Ask Meta who we are. Raises DeliveryError where it refuses us."""
        told = await self._client.get(self.account, fields="display_phone_number,verified_name")
        name, number = label(told, "verified_name", 128), label(told, "display_phone_number", 32)
        return f"answers on WhatsApp as {name} at {number} ({self.account})"

    @property
    def _messages(self) -> str:
        return f"{self.account}/messages"

    async def _send(self, body: Json, chat: str) -> str:
        try:
            taken = await self._client.post(self._messages, body)
        except DeliveryError as error:
            if error.retry_after is not None:
                await self._pace.pause(error.retry_after, chat if asks_for_silence_in_chat(error) else None)
            raise
        named = next(iter(mappings(taken, "messages")), {})
        if not string(named, "id"):
            raise DeliveryError("nobody knows whether WhatsApp took it (a yes without an id)", certain=False)
        return string(named, "id")

    def _translate(self, delivery: Delivery) -> list[InboundEvent]:
        """Translate, and note which message of each customer is the latest: WhatsApp shows "writing…" as the answer to one."""
        events = translate(delivery)
        for event in events:
            if event.kind in (EventKind.MESSAGE, EventKind.BUTTON):
                for name in event.names:
                    self._latest[name] = event.message_id
                    self._latest.move_to_end(name)
        while len(self._latest) > _MAX_LATEST:
            self._latest.popitem(last=False)
        return events
