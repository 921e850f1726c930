"""The channels and their webhooks, built from the settings: a function a family."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from bot.channels.base import Channel, Webhook
from bot.channels.facebook import MEANINGS, FacebookChannel
from bot.channels.graph.client import Graph, GraphClient
from bot.channels.graph.door import GraphWebhook, Route, Translate
from bot.channels.graph.sending import SendApiChannel
from bot.channels.instagram import InstagramChannel
from bot.channels.messenger import MessengerChannel
from bot.channels.telegram import TelegramChannel, TelegramSettings
from bot.channels.webchat import WebChat
from bot.rates import Rates
from bot.settings import MetaPage, Settings
from bot.storage.live import Live

KINDS: tuple[type[Channel], ...] = (WebChat, TelegramChannel, MessengerChannel, InstagramChannel, FacebookChannel)
"""Every kind of channel there is, whether it is set up or not."""


@dataclass
class Doorways:
    """The channels that are set up, and the doors at which vendors call."""

    channels: list[Channel] = field(default_factory=list)
    webhooks: list[Webhook] = field(default_factory=list)


def build_doorways(settings: Settings, live: Live, rates: Rates) -> Doorways:
    """Everything that is set up. The web chat always is."""
    doorways = Doorways([WebChat(live)])
    for family in _FAMILIES:
        family(doorways, settings, rates)
    return doorways


def idempotent_channels() -> frozenset[str]:
    """The channels that take a reply twice and show it once, whether they are set up or not."""
    return frozenset(kind.name for kind in KINDS if kind.capabilities.idempotent)


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


def _telegram(doorways: Doorways, settings: Settings, rates: Rates) -> None:
    chosen = telegram_settings(settings)
    if chosen is not None:
        channel = TelegramChannel(chosen, rates=rates)
        doorways.channels.append(channel)
        doorways.webhooks.append(channel)


def _meta(doorways: Doorways, settings: Settings, rates: Rates) -> None:
    """Meta calls one door for all its products, so that there is one where at least one of them is set up."""
    meta = settings.meta
    if meta.app_secret is None or meta.verify_token is None or not meta.pages:
        return
    graph = Graph(meta.app_secret.get_secret_value(), meta.graph_url, meta.version)
    routes: dict[Route, Translate] = {}
    for channel in (channel for page in meta.pages for channel in _of_page(page, meta.app_id, graph, rates)):
        doorways.channels.append(channel)
        routes |= channel.routes()
    door = GraphWebhook(graph.app_secret, meta.verify_token.get_secret_value(), routes)
    doorways.webhooks.append(door)


def _of_page(page: MetaPage, app_id: str, graph: Graph, rates: Rates) -> Iterator[SendApiChannel | FacebookChannel]:
    token = page.token.get_secret_value()
    yield MessengerChannel(GraphClient(graph, token), app_id, page.id, page.id, rates)
    if page.instagram is not None:
        yield InstagramChannel(GraphClient(graph, token), app_id, page.id, page.instagram, rates)
    if page.comments:
        yield FacebookChannel(GraphClient(graph, token, meanings=MEANINGS), page.id, rates)


_FAMILIES: tuple[Callable[[Doorways, Settings, Rates], None], ...] = (_telegram, _meta)
