"""How each channel's sample payloads get in: what translates a request, for each folder under `payloads/`."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import SecretStr

from bot.channels.base import Request
from bot.channels.telegram import TelegramChannel, TelegramSettings
from bot.channels.telegram.addressing import Identity
from bot.channels.x import XAccess, XDoor
from bot.domain.message import InboundEvent
from bot.doorways import build_doorways
from bot.rates import LocalRates
from bot.settings import Meta, MetaPage, MetaWhatsApp, Settings
from bot.storage.live import LocalLive

Door = Callable[[Request], list[InboundEvent]]


def _telegram() -> Door:
    settings = TelegramSettings(
        "4242:AAF-fake_token-for-tests-only", webhook_secret="s", webhook_url="https://bot.example/telegram"
    )
    channel = TelegramChannel(settings)
    channel.identity = Identity("4242", "fernblick_bot")  # else learned from Telegram at start
    return channel.parse


def _meta() -> Door:
    """One door for all of Meta's products: a page with comments, its Instagram account, and a WhatsApp number."""
    page = MetaPage(id="108", token=SecretStr("t"), instagram="17841400000000001", comments=True)
    number = MetaWhatsApp(number_id="106540352242922", account_id="102290129340398", token=SecretStr("t"))
    secrets = {"app_secret": SecretStr("s"), "verify_token": SecretStr("v")}
    meta = Meta(app_id="9001", pages=(page,), whatsapp=(number,), **secrets)
    doorways = build_doorways(Settings(meta=meta), LocalLive(alone=True), LocalRates())
    return doorways.webhooks[0].parse


def _x() -> Door:
    return XDoor(
        XAccess("key", "secret", "4711000000000000001-fakeTokenForTestsOnly", "secret", app_id="13090192")
    ).parse


DOORS: dict[str, Callable[[], Door]] = {
    "telegram": _telegram,
    "messenger": _meta,
    "instagram": _meta,
    "facebook": _meta,
    "whatsapp": _meta,
    "x": _x,
}
