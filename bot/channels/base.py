"""What a channel is: declared capabilities, a pure translation in, a pure rendering out, and a send.

A channel knows nothing of conversations, queues or brains. Whatever it accepts has been committed before the vendor is told so.
"""

from __future__ import annotations

import hmac
import json
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from bot.channels.fields import Json
from bot.domain.conversation import ConversationKey
from bot.domain.message import Attachment, InboundEvent, Missing
from bot.domain.reply import Outgoing, Receipt
from bot.errors import Fault, FileMissing, RequestRejected


class TextUnit(StrEnum):
    """How a vendor counts the length of a text."""

    CHARS = "chars"
    UTF16 = "utf16"
    BYTES = "bytes"

    def measure(self, text: str) -> int:
        """The length of `text` in this unit."""
        if self is TextUnit.UTF16:
            return len(text.encode("utf-16-le")) // 2
        return len(text.encode()) if self is TextUnit.BYTES else len(text)


@dataclass(frozen=True)
class Capabilities:
    """What a channel can do; declared, never discovered.

    `max_text` in `unit`; `max_buttons` a reply (0 = none), `max_label` characters on one. `idempotent`: the same reply can be sent twice
    and arrives once. `fetched`: customers fetch what is stored, so what is stored is sent. `public`: others read along. `receipts`: the channel tells of delivery.
    `window`: for how long after the customer's latest message the bot may write, `agent_window` a person; None sets no limit. `only_sure`: the bot says
    nothing but answers it is sure of, for it speaks among others who can answer as well. `private_replies`: a reply marked private reaches the author of a public
    message alone, once a message. `letters`: what the bot says in a turn goes out as one.
    """

    max_text: int
    unit: TextUnit = TextUnit.CHARS
    max_buttons: int = 0
    max_label: int = 64
    idempotent: bool = False
    fetched: bool = False
    public: bool = False
    receipts: bool = False
    window: timedelta | None = None
    agent_window: timedelta | None = None
    only_sure: bool = False
    letters: bool = False
    private_replies: bool = False


@dataclass(frozen=True)
class Request:
    """An HTTP request at a channel's door, as its verification and parser need it: nothing of it is trusted yet."""

    method: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes

    def header(self, name: str) -> str:
        """The header of this name, in lower case, however the sender wrote it; empty where there is none."""
        return next((value for given, value in self.headers.items() if given.lower() == name), "")

    def carries(self, name: str, wanted: str) -> bool:
        """Whether this header holds exactly what is `wanted`; compared in constant time."""
        return hmac.compare_digest(self.header(name).encode("utf-8", "surrogatepass"), wanted.encode())

    def json(self) -> Json:
        """The JSON object that the body is. Raises RequestRejected(400) where it is anything else."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            raise RequestRejected("the body is not JSON") from None
        if not isinstance(found, dict):
            raise RequestRejected("the body is no JSON object")
        return found


@dataclass(frozen=True)
class Greeting:
    """What a vendor wants to hear before it believes that a door is ours."""

    text: str
    media_type: str = "text/plain"


Accept = Callable[[Sequence[InboundEvent], dict[str, Any] | None], Awaitable[None]]
"""Commits events, and a poller's progress with them, before it returns."""


class Channel(ABC):
    """One account of one channel."""

    name: str
    account: str
    capabilities: Capabilities

    @abstractmethod
    async def send(self, outgoing: Outgoing) -> Receipt:
        """Hand a reply to the vendor. Raises DeliveryError, which says whether it is permanent and certain."""

    async def fetch(self, file: Attachment) -> bytes:
        """The content of a file that came in here with a `source`. Raises FileMissing where it cannot be had, DeliveryError where the vendor refuses us."""
        raise FileMissing(Missing.GONE)

    async def typing(self, key: ConversationKey) -> None:
        """Show the customer that an answer is being written, where the channel can; never fails."""

    def is_public(self, key: ConversationKey) -> bool:
        """Whether others read along in this conversation."""
        return self.capabilities.public

    def private_url(self, key: ConversationKey) -> str:
        """Where the customer of a public conversation can write to us in private, on this channel; empty where they cannot."""
        return ""

    async def start(self) -> None:
        """Open connections. Raises SettingsError for settings that cannot work."""

    def faults(self) -> list[Fault]:
        """All that is wrong with the settings, found without asking anybody."""
        return []

    async def check(self) -> str:
        """Ask the vendor who we are and say it in one sentence. Raises DeliveryError where it refuses us or cannot be reached."""
        return ""

    async def close(self) -> None:
        """Close them."""


class Webhook(ABC):
    """A door that a vendor calls, for one channel or for several. `path` is where, under `/webhooks/`; `channels` whose events come in here.

    It takes bodies of up to `max_body` bytes.
    """

    path: str
    channels: frozenset[str]
    max_body: int = 4 * 1024 * 1024  # Meta's batches are that large

    def greet(self, request: Request) -> Greeting | None:
        """Answer a vendor who asks whether this door is ours; None for any other request. Raises RequestRejected(401) for a stranger who asks."""
        return None

    @abstractmethod
    def verify(self, request: Request) -> None:
        """Raise RequestRejected(status=401) unless the request is genuine."""

    @abstractmethod
    def parse(self, request: Request) -> list[InboundEvent]:
        """Translate the body. An unknown kind becomes an IGNORED event; a broken body raises RequestRejected(400)."""

    def accepted(self, events: Sequence[InboundEvent]) -> None:
        """Tell the vendor, in the background, what it wants to hear once `events` are durable (a pressed button, say)."""


class WebhookChannel(Channel, Webhook):
    """A channel with a door of its own."""

    @property
    def path(self) -> str:  # type: ignore[override]  # read from what the channel is called
        """Where its vendor calls, under `/webhooks/`."""
        return f"{self.name}/{self.account}"

    @property
    def channels(self) -> frozenset[str]:  # type: ignore[override]  # likewise
        """The one channel whose events come in here."""
        return frozenset({self.name})


class PollingChannel(Channel):
    """A channel where we ask the vendor for news."""

    @abstractmethod
    async def poll(self, progress: dict[str, Any], accept: Accept) -> None:
        """Fetch for ever, beginning behind `progress`; confirm to the vendor only what `accept` has committed."""
