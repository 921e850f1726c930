"""Facebook Messenger: the private conversations of a page.

https://developers.facebook.com/docs/messenger-platform
"""

from __future__ import annotations

from datetime import timedelta

from bot.channels.base import Capabilities
from bot.channels.graph.account import ask_account, ask_silence
from bot.channels.graph.sending import MAX_BUTTONS, MAX_LABEL, SendApiChannel

MAX_TEXT = 2000  # characters: https://developers.facebook.com/docs/messenger-platform/reference/send-api
# Fields of the webhook without which customers, or colleagues in the page's inbox, are not heard.
_NEEDED = ("messages", "messaging_postbacks", "message_echoes")


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
        """Ask Meta whose token this is, and whether it tells us what is said. Raises DeliveryError where the token is refused, or another page's."""
        account = await ask_account(self._client, self._page)
        silence = await ask_silence(self._client, self._page, self._app_id, _NEEDED)
        return f"answers in Messenger for the page {account.name} ({self._page}){silence}"
