"""How each channel's sample payloads get in: a channel that is ready to parse, for each folder under `payloads/`."""

from __future__ import annotations

from collections.abc import Callable

from bot.channels.base import WebhookChannel
from bot.channels.telegram import TelegramChannel, TelegramSettings
from bot.channels.telegram.addressing import Identity


def _telegram() -> WebhookChannel:
    settings = TelegramSettings(
        "4242:AAF-fake_token-for-tests-only", webhook_secret="s", webhook_url="https://bot.example/telegram"
    )
    channel = TelegramChannel(settings)
    channel.identity = Identity("4242", "fernblick_bot")  # else learned from Telegram at start
    return channel


DOORS: dict[str, Callable[[], WebhookChannel]] = {"telegram": _telegram}
