"""What comes in: a channel's event, translated at the door into the product's own words."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.domain.conversation import ConversationKey


class EventKind(StrEnum):
    """What a delivery from a channel is about.

    `delivered`, `read` and `failed` are about a reply of ours. `taken_over`: a person answers from the vendor's own inbox, and what they said comes
    along; with a key that names a thread and no chat it is said to all customers there. `given_back`: the vendor has the bot answer again. `solved`: in a public thread an answer was marked as the solution, ours
    where `message_id` names one.
    """

    MESSAGE = "message"
    BUTTON = "button"
    EDIT = "edit"
    DELETE = "delete"
    BLOCKED = "blocked"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    TAKEN_OVER = "taken_over"
    GIVEN_BACK = "given_back"
    SOLVED = "solved"
    IGNORED = "ignored"


class MessageState(StrEnum):
    """The ledger: every message received is in exactly one of these."""

    QUEUED = "queued"
    RUNNING = "running"
    ANSWERED = "answered"
    WITH_AGENT = "with_agent"
    CLOSED = "closed"
    IGNORED = "ignored"
    UNCERTAIN = "uncertain"
    GIVEN_UP = "given_up"
    ERASED = "erased"


@dataclass(frozen=True)
class Button:
    """A button the customer can press or has pressed. `name` and `value` are for the machine, `label` for the customer."""

    name: str
    value: str = ""
    label: str = ""


class Missing(StrEnum):
    """Why the content of a file is not there: it is still `coming`, or the channel no longer has it, it is too large, of no kind that is kept, or could not be had."""

    COMING = "coming"
    GONE = "gone"
    TOO_LARGE = "too_large"
    NOT_KEPT = "not_kept"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True)
class Attachment:
    """Something that is not text. `kind`: photo, voice, sticker, document, video, location, contact, other.

    `reference` is the channel's own id of the file. Nothing is fetched at the door: `source` is what the channel fetches the content by later, in words that
    only it understands; empty where there is nothing to fetch. `size` is in bytes. `content` is there where the file came with the message and may be kept.
    """

    kind: str
    reference: str = ""
    name: str = ""
    media_type: str = ""
    size: int | None = None
    source: str = field(default="", repr=False)
    content: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True)
class InboundEvent:
    """One delivery from a channel, cleaned. (channel, account, event_id) is unique for ever.

    `message_id` is the channel's id of the message that is meant; edits and deletes name the message they change, receipts our reply, or with an empty
    one all replies sent until `sent_at`. `reason` says why an event is ignored, or why a reply failed. `raw` is kept as it came.
    `names`: where a vendor calls one chat by several ids, all that this event has, the lasting one first, which is `key.chat`; `formerly`: the id that they replace.
    `answers`: the message that a person elsewhere answers, where the channel does not tell its author: `key.chat` is empty then.
    `overheard`: said where others talk as well, and to nobody in particular, so that it is a message only of a customer who has a conversation there;
    its `raw` has no content.
    `reply_id`: which reply of ours a receipt is about, where the channel hands back what we called it.
    `details`: what came with a message for agents' eyes alone, such as a subject or a customer number.
    """

    key: ConversationKey
    event_id: str
    kind: EventKind
    message_id: str = ""
    text: str = ""
    button: Button | None = None
    attachments: tuple[Attachment, ...] = ()
    customer_name: str = ""
    language: str | None = None
    sent_at: datetime | None = None
    reason: str = ""
    raw: dict[str, Any] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    formerly: str = ""
    reply_id: int | None = None
    answers: str = ""
    overheard: bool = False
    details: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Message:
    """A customer's message as stored. `id` orders all messages; `attempts` counts the turns begun for it.

    `revision` counts the customer's edits: an edited message is read anew.
    """

    id: int
    conversation_id: int
    kind: EventKind
    text: str
    button: Button | None
    attachments: tuple[Attachment, ...]
    attempts: int
    received_at: datetime
    revision: int = 0
