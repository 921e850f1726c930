"""Telegram."""

from __future__ import annotations

from bot.channels.telegram import TelegramChannel, TelegramSettings
from bot.doorways.doorways import Doorways
from bot.rates import Rates
from bot.settings import Settings


def telegram_settings(settings: Settings) -> TelegramSettings | None:
    """What the Telegram channel needs to know; None where no bot is set up."""
    telegram = settings.telegram
    if telegram.token is None:
        return None
    secret = telegram.webhook_secret
    return TelegramSettings(
        token=telegram.token.get_secret_value(),
        base_url=telegram.base_url,
        webhook_secret=secret.get_secret_value() if secret else None,
        webhook_url=settings.url(f"/webhooks/telegram/{telegram.account}") if secret else "",
    )


def add_telegram(doorways: Doorways, settings: Settings, rates: Rates) -> None:
    """Add the bot, if one is set up."""
    chosen = telegram_settings(settings)
    if chosen is not None:
        channel = TelegramChannel(chosen, rates=rates)
        doorways.channels.append(channel)
        if not chosen.polls:
            doorways.webhooks.append(channel)
