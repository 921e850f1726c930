"""The web chat as a channel. The page fetches what was said from the transcript, so sending is done once it is stored."""

from __future__ import annotations

from typing import Any, Protocol
from uuid import UUID

from bot.channels.base import Capabilities, Channel
from bot.channels.cleaning import clean
from bot.domain.conversation import ConversationKey
from bot.domain.message import Button, EventKind, InboundEvent
from bot.domain.reply import Outgoing, Receipt
from bot.errors import RequestRejected

NAME = "web"
ACCOUNT = "site"
MAX_MESSAGE = 4000  # characters a customer can send at once; the page counts along
MAX_BUTTON_PART = 512


class Hints(Protocol):
    """Where a hint for open pages is told (`storage.live.Live` is one)."""

    def tell(self, topic: str, hint: str = "") -> None:
        """Tell everybody who hears `topic`."""


def key_of(chat: str) -> ConversationKey:
    """The conversation called `chat` on this channel."""
    return ConversationKey(NAME, ACCOUNT, chat)


class WebChat(Channel):
    """The chat element on the company's pages."""

    name = NAME
    account = ACCOUNT
    capabilities = Capabilities(
        max_text=20_000, max_buttons=12, max_label=80, idempotent=True, fetched=True, receipts=True
    )

    def __init__(self, hints: Hints) -> None:
        self._hints = hints

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Nothing leaves the house: what is stored as sent is what the page shows."""
        return Receipt(str(outgoing.id))

    async def typing(self, key: ConversationKey) -> None:
        """Let open pages show that an answer is being written."""
        self._hints.tell(f"chat:{key.chat}", "typing")


def parse(body: Any, conversation: ConversationKey) -> InboundEvent:
    """Translate what the page posts: {client_id, text} or {client_id, button: {name, value, label}}.

    Raises RequestRejected with a sentence that says what to mend.
    """
    if not isinstance(body, dict):
        raise RequestRejected("the body must be a JSON object")
    client_id = _client_id(body.get("client_id"))
    if ("text" in body) == ("button" in body):
        raise RequestRejected("send either text or button")
    button = _button(body["button"]) if "button" in body else None
    text = (button.label or button.value or button.name) if button else _text(body["text"])
    return InboundEvent(
        key=conversation,
        event_id=f"{conversation.chat}:{client_id}",
        kind=EventKind.BUTTON if button else EventKind.MESSAGE,
        message_id=client_id,
        text=text,
        button=button,
        raw={"client_id": client_id, "text": text, "button": vars(button) if button else None},
    )


def _client_id(value: Any) -> str:
    try:
        if not isinstance(value, str):
            raise ValueError
        return str(UUID(value))
    except ValueError:
        raise RequestRejected("client_id must be a UUID, a new one for each message") from None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise RequestRejected("text must be a string")
    if len(value) > MAX_MESSAGE:
        raise RequestRejected(f"text is {len(value)} characters long; at most {MAX_MESSAGE} can be sent")
    text = clean(value)
    if not text:
        raise RequestRejected("text is empty")
    return text


def _button(value: Any) -> Button:
    if not isinstance(value, dict):
        raise RequestRejected("button must be an object with name, value and label")
    parts = [value.get("name"), value.get("value", ""), value.get("label", "")]
    if not all(isinstance(part, str) and len(part) <= MAX_BUTTON_PART for part in parts):
        raise RequestRejected(
            f"name, value and label of a button must be strings of at most {MAX_BUTTON_PART} characters"
        )
    name, payload, label = (clean(str(part)) for part in parts)
    if not name:
        raise RequestRejected("the button has no name")
    return Button(name, payload, label)
