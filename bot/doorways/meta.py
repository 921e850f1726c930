"""What is reached by a Meta app."""

from __future__ import annotations

from collections.abc import Iterator

from bot.channels.facebook import MEANINGS, FacebookChannel
from bot.channels.graph.client import Graph, GraphClient
from bot.channels.graph.door import GraphWebhook, Route, Translate
from bot.channels.graph.sending import SendApiChannel
from bot.channels.instagram import InstagramChannel
from bot.channels.messenger import MessengerChannel
from bot.channels.whatsapp import MEANINGS as WHATSAPP_MEANINGS
from bot.channels.whatsapp import WhatsAppChannel
from bot.doorways.doorways import Doorways
from bot.rates import Rates
from bot.settings import MetaPage, MetaWhatsApp, Settings


def add_meta(doorways: Doorways, settings: Settings, rates: Rates) -> None:
    """Meta calls one door for all its products, so that there is one where at least one of them is set up."""
    meta = settings.meta
    if meta.app_secret is None or meta.verify_token is None or not (meta.pages or meta.whatsapp):
        return
    graph = Graph(meta.app_secret.get_secret_value(), meta.graph_url, meta.version)
    routes: dict[Route, Translate] = {}
    of_pages = (channel for page in meta.pages for channel in _of_page(page, meta.app_id, graph, rates))
    for channel in (*of_pages, *(_of_number(number, graph, rates) for number in meta.whatsapp)):
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
        yield FacebookChannel(GraphClient(graph, token, meanings=MEANINGS), app_id, page.id, rates)


def _of_number(number: MetaWhatsApp, graph: Graph, rates: Rates) -> WhatsAppChannel:
    client = GraphClient(graph, number.token.get_secret_value(), meanings=WHATSAPP_MEANINGS)
    return WhatsAppChannel(client, number.number_id, number.account_id, rates)
