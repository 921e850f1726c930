"""Messages on Instagram, by way of the page that the account is linked to.

https://developers.facebook.com/docs/messenger-platform/instagram
"""

from __future__ import annotations

from datetime import timedelta

from bot.channels.base import Capabilities, TextUnit
from bot.channels.fields import label
from bot.channels.graph.account import ask_account
from bot.channels.graph.delivery import identifier
from bot.channels.graph.sending import MAX_BUTTONS, MAX_LABEL, SendApiChannel
from bot.errors import DeliveryError


class InstagramChannel(SendApiChannel):
    """One account's messages."""

    name = "instagram"
    origin = "instagram"
    capabilities = Capabilities(
        max_text=1000,  # https://developers.facebook.com/docs/messenger-platform/instagram/features/send-message
        unit=TextUnit.BYTES,
        max_buttons=MAX_BUTTONS,
        max_label=MAX_LABEL,
        receipts=True,
        window=timedelta(hours=24),
        agent_window=timedelta(days=7),
    )

    async def check(self) -> str:
        """Ask Meta which account is linked to the page. Raises DeliveryError where it is another one."""
        account = (await ask_account(self._client, self._page)).instagram
        if identifier(account, "id") != self.account:
            raise DeliveryError(
                f"the Instagram account {self.account} is not linked to page {self._page}", permanent=True
            )
        return f"answers on Instagram for @{label(account, 'username', 64)} ({self.account})"
