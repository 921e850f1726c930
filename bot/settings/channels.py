"""The channels: what each needs to know. A channel that is not told its secret is off."""

from __future__ import annotations

from pydantic import SecretStr

from bot.settings.section import Section


class Telegram(Section):
    """The Telegram bot; without a token the channel is off. With a `webhook_secret` and a public URL Telegram calls us."""

    token: SecretStr | None = None
    base_url: str = "https://api.telegram.org"
    webhook_secret: SecretStr | None = None

    @property
    def account(self) -> str:
        """The bot's own id, the public half of its token."""
        return self.token.get_secret_value().partition(":")[0] if self.token else ""
