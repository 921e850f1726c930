"""How each channel's sample payloads get in: what translates a request, for each folder under `payloads/`."""

from __future__ import annotations

from collections.abc import Callable

from bot.channels.base import Request
from bot.channels.telegram import TelegramChannel, TelegramSettings
from bot.channels.telegram.addressing import Identity
from bot.domain.message import InboundEvent

Door = Callable[[Request], list[InboundEvent]]


def _telegram() -> Door:
    settings = TelegramSettings(
        "4242:AAF-fake_token-for-tests-only", webhook_secret="s", webhook_url="https://bot.example/telegram"
    )
    channel = TelegramChannel(settings)
    channel.identity = Identity("4242", "fernblick_bot")  # else learned from Telegram at start
    return channel.parse


DOORS: dict[str, Callable[[], Door]] = {"telegram": _telegram}
