"""Facebook Messenger: the private conversations of a page.

https://developers.facebook.com/docs/messenger-platform
"""

from __future__ import annotations

from datetime import timedelta

from bot.channels.base import Capabilities
from bot.channels.graph.sending import MAX_BUTTONS, MAX_LABEL, SendApiChannel, said_by_meta

MAX_TEXT = 2000  # characters: https://developers.facebook.com/docs/messenger-platform/reference/send-api


class MessengerChannel(SendApiChannel):
    """One page's inbox."""

    name = "messenger"
    origin = "page"
    capabilities = Capabilities(
        max_text=MAX_TEXT,
        max_buttons=MAX_BUTTONS,
        max_label=MAX_LABEL,
        receipts=True,
        window=timedelta(hours=24),
        agent_window=timedelta(days=7),
    )

    async def check(self) -> str:
        """Ask Meta whose token this is. Raises DeliveryError where it is refused, or another page's."""
        told = await said_by_meta(self._client, self._page)
        return f"answers in Messenger for the page {told['name']} ({self._page})"
