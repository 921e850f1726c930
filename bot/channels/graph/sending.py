"""What Messenger and Instagram have in common when they speak: the Send API.

https://developers.facebook.com/docs/messenger-platform/reference/send-api
"""

from __future__ import annotations

import asyncio
import logging
from abc import abstractmethod
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from bot.channels.base import Capabilities, Channel
from bot.channels.faces import choices, encode, face_of, told_by_number
from bot.channels.fields import Json
from bot.channels.graph.client import GraphClient
from bot.channels.graph.delivery import Delivery
from bot.channels.graph.door import Route, Translate
from bot.channels.graph.messaging import MARK, translate
from bot.channels.pacing import Pace, Sleep
from bot.channels.parts import send_parts
from bot.channels.plain import plain
from bot.channels.splitting import split
from bot.domain.conversation import ConversationKey
from bot.domain.message import Attachment, Button, InboundEvent
from bot.domain.reply import Outgoing, Receipt, ReplyKind
from bot.errors import DeliveryError
from bot.rates import Rates, Window

_log = logging.getLogger(__name__)

MAX_BUTTONS, MAX_LABEL = 13, 20
"""Quick replies a message, and characters on one: https://developers.facebook.com/docs/messenger-platform/reference/buttons/quick-replies"""
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The time."""
    return datetime.now(UTC)


class SendApiChannel(Channel):
    """A page's or an Instagram account's private conversations. Both are spoken to at the `page`'s id, with its token.

    `origin` is what Meta calls the `account` on our side.
    """

    origin: str

    def __init__(
        self,
        client: GraphClient,
        app_id: str,
        page: str,
        account: str,
        rates: Rates,
        *,
        sleep: Sleep = asyncio.sleep,
        clock: Clock = utc_now,
    ) -> None:
        self.account = account
        self._client = client
        self._app_id = app_id
        self._page = page
        self._clock = clock
        # https://developers.facebook.com/docs/graph-api/overview/rate-limiting (calls of text messages, a second and an account)
        self._pace = Pace(rates, account, overall=(Window(f"{self.name}.overall", most=300, seconds=1.0),), sleep=sleep)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    def routes(self) -> dict[Route, Translate]:
        """The updates that are ours."""
        return {(self.origin, self.account, container): self._translate for container in ("messaging", "standby")}

    def _translate(self, delivery: Delivery) -> list[InboundEvent]:
        return translate(delivery, self._app_id)

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Send all parts of a reply in order. The receipt names the last one, which has the buttons."""
        bodies = [self._body(outgoing, message) for message in render(outgoing, self.capabilities)]
        return await send_parts(bodies, self._pace, outgoing.key.chat, self._send)

    async def fetch(self, file: Attachment) -> bytes:
        """What the customer sent, from where Meta has it for some days. Raises FileMissing."""
        return await self._client.download(file.source)

    async def typing(self, key: ConversationKey) -> None:
        """Show "writing…" for up to twenty seconds."""
        try:
            await self._client.post(self._messages, {"recipient": {"id": key.chat}, "sender_action": "typing_on"})
        except DeliveryError as error:
            _log.debug("typing could not be shown: %s", error.reason)

    @abstractmethod
    async def check(self) -> str:
        """Ask Meta who we are. Raises DeliveryError where it refuses us, or says that we are somebody else."""

    @property
    def _messages(self) -> str:
        return f"{self._page}/messages"

    async def _send(self, body: Json) -> str:
        try:
            return await self._client.create(self._messages, body)
        except DeliveryError as error:
            if error.retry_after is not None:
                await self._pace.pause(error.retry_after)
            raise

    def _body(self, outgoing: Outgoing, message: Json) -> Json:
        """A message to the customer as the Send API takes it; late words of a person are marked as what they are.

        The tag is for people alone, and only where the day after the customer's message is over:
        https://developers.facebook.com/docs/messenger-platform/policy/policy-overview#human_agent
        """
        marked = message | {"metadata": f"{MARK}{outgoing.id}"}
        body: Json = {"recipient": {"id": outgoing.key.chat}, "messaging_type": "RESPONSE", "message": marked}
        window = self.capabilities.window
        by_person = outgoing.reply.kind is ReplyKind.AGENT
        if by_person and window and outgoing.heard_at and self._clock() - outgoing.heard_at >= window:
            body |= {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
        return body


def render(outgoing: Outgoing, capabilities: Capabilities) -> list[Json]:
    """The messages of a reply in their order, none if it says nothing; the choices are below the last one.

    Choices that quick replies cannot show whole also stand in the text, by number.
    """
    buttons = outgoing.reply.buttons
    by_number = told_by_number(buttons, capabilities)
    text = plain(outgoing, with_choices=by_number)
    messages: list[Json] = [{"text": part} for part in split(text, capabilities.max_text, capabilities.unit)]
    if messages and buttons and len(buttons) <= capabilities.max_buttons:
        messages[-1]["quick_replies"] = _quick_replies(buttons, by_number=by_number)
    return messages


def _quick_replies(buttons: Sequence[Button], *, by_number: bool) -> list[Json]:
    numbers = {button: f"{number}. " for number, button in enumerate(choices(buttons), 1)} if by_number else {}
    marked = [(numbers.get(button, ""), button) for button in buttons]
    return [
        {"content_type": "text", "title": mark + face_of(button, MAX_LABEL - len(mark)), "payload": encode(button)}
        for mark, button in marked
    ]
