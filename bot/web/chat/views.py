"""What the page is told: transcript items and the state of the conversation, as the contract of the web chat writes them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC
from typing import Any

from sqlalchemy import Connection

from bot.channels.markup import to_html, to_plain
from bot.domain.message import MessageState
from bot.domain.reply import ReplyKind, ReplyState
from bot.settings import Company
from bot.storage.transcript import Item, customer_view, transcript
from bot.storage.visitors import ChatState, chat_state

_UNSETTLED = frozenset({MessageState.QUEUED, MessageState.RUNNING, ReplyState.QUEUED, ReplyState.SENDING})


@dataclass(frozen=True)
class Look:
    """What a customer may see: items, and the state of the conversation. Up to position `settled` nothing will change any more."""

    items: list[dict[str, Any]]
    state: ChatState
    settled: int


def look(connection: Connection, conversation_id: int, after: int, company: Company) -> Look:
    """Everything behind position `after`, as the customer may see it."""
    found = transcript(connection, conversation_id, after=after)
    unsettled = [item.position for item in found if item.state in _UNSETTLED]
    settled = min(unsettled) - 1 if unsettled else max((item.position for item in found), default=after)
    items = [item_view(item, company) for item in customer_view(found)]
    return Look(items, chat_state(connection, conversation_id), settled)


def item_view(item: Item, company: Company) -> dict[str, Any]:
    """One line of the transcript. A deleted message keeps its place and loses its text."""
    formatted = item.markdown and not item.deleted
    return {
        "position": item.position,
        "from": item.sender,
        "name": _name(item, company),
        "at": item.at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "language": item.language or None,
        "text": "" if item.deleted else to_plain(item.text) if formatted else item.text,
        "html": to_html(item.text) if formatted else None,
        "button": item.button,
        "buttons": item.buttons,
        "source": item.source,
        "client_id": item.client_id,
        "state": item.state,
        "edited": item.edited,
        "deleted": item.deleted,
    }


def state_view(state: ChatState) -> dict[str, Any]:
    """Who has the word, who that is, whether the customer waits, and in which language."""
    return {**asdict(state), "owner": state.owner.value}


def _name(item: Item, company: Company) -> str:
    if item.sender == "customer":
        return ""
    return item.author if item.sender == ReplyKind.AGENT else company.bot_name
