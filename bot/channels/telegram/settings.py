"""What an operator says about one Telegram bot."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bot.errors import Fault

_TOKEN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{10,}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")  # https://core.telegram.org/bots/api#setwebhook


@dataclass(frozen=True)
class TelegramSettings:
    """One bot. With a `webhook_secret` Telegram calls `webhook_url` (https, public); without one the bot asks Telegram.

    `base_url` is Telegram's server or one's own Bot API server. `poll_seconds`: how long one question may stay open;
    `request_seconds`: how long any other request may take.
    """

    token: str = field(repr=False)
    base_url: str = "https://api.telegram.org"
    webhook_secret: str | None = field(default=None, repr=False)
    webhook_url: str = ""
    poll_seconds: int = 50
    request_seconds: float = 15.0

    @property
    def account(self) -> str:
        """The bot's id, which is the public half of its token."""
        return self.token.partition(":")[0]

    @property
    def polls(self) -> bool:
        """Whether the bot asks Telegram for news, rather than being called."""
        return self.webhook_secret is None

    def faults(self) -> list[Fault]:
        """All that is wrong with these settings, found without asking Telegram."""
        found = []
        if not _TOKEN.fullmatch(self.token):
            hint = "copy the whole line that @BotFather shows, like 123456789:AAE…"
            found.append(Fault("telegram.token", "this is no bot token", hint))
        if self.webhook_secret is not None and not _SECRET.fullmatch(self.webhook_secret):
            hint = "1 to 256 of A-Z a-z 0-9 _ -; `openssl rand -hex 32` makes a good one"
            found.append(Fault("telegram.webhook_secret", "Telegram does not take this secret", hint))
        if self.webhook_secret is not None and not self.webhook_url.startswith("https://"):
            hint = "give the public https address of this server's Telegram door, or leave the secret out to poll"
            found.append(Fault("telegram.webhook_url", "a webhook needs a public https address", hint))
        return found
