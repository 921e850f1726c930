"""Shows customers that an answer is being written, where that takes longer than a blink."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

from bot.channels.base import Channel
from bot.channels.directory import Directory
from bot.domain.conversation import ConversationKey

PAUSE = 0.4  # seconds; a sign that is gone at once would only flicker, and costs a call at the vendor


class Typing:
    """Tells a conversation's channel."""

    def __init__(self, channels: Directory) -> None:
        self._channels = channels

    @contextlib.contextmanager
    def while_thinking(self, key: ConversationKey) -> Iterator[None]:
        """Show the sign if what the context does takes longer than `PAUSE`."""
        channel = self._channels.get(key)
        task = asyncio.create_task(_show(channel, key)) if channel is not None else None
        try:
            yield
        finally:
            if task is not None:
                task.cancel()


async def _show(channel: Channel, key: ConversationKey) -> None:
    await asyncio.sleep(PAUSE)
    await channel.typing(key)
