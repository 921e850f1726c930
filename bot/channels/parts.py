"""A reply that is longer than its channel takes is sent in parts, in order."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from bot.channels.pacing import Pace
from bot.channels.splitting import after_parts
from bot.domain.reply import Receipt
from bot.errors import DeliveryError

Part = TypeVar("Part")


async def send_parts(parts: Sequence[Part], pace: Pace, chat: str, send: Callable[[Part], Awaitable[str]]) -> Receipt:
    """Hand all parts over by `send`, which tells the vendor's id of each; the receipt names the last. Raises DeliveryError."""
    if not parts:
        raise DeliveryError("the reply says nothing", permanent=True)
    message_id = ""
    for sent, part in enumerate(parts):
        await (pace.turn(chat) if sent else pace.go(chat))  # what has begun is brought to its end
        try:
            message_id = await send(part)
        except DeliveryError as failure:
            raise after_parts(failure, sent, len(parts)) from None
    return Receipt(message_id)
