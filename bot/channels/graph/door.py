"""The one door Meta calls, for pages, Instagram accounts and WhatsApp numbers alike.

https://developers.facebook.com/docs/graph-api/webhooks/getting-started
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from typing import Any

from bot.channels.base import Greeting, Request, Webhook
from bot.channels.cleaning import clean
from bot.channels.fields import Json, Malformed, mapping, storable, string
from bot.channels.graph.delivery import CHANNELS, Delivery, identifier
from bot.channels.graph.signing import signature
from bot.domain.message import InboundEvent
from bot.errors import RequestRejected

Translate = Callable[[Delivery], list[InboundEvent]]
"""What a channel makes of one update. Pure; raises Malformed where a field is missing without which it means nothing."""
Route = tuple[str, str, str]
"""An object of Meta's ("page"), the id of ours ("4711"), and the container of its updates ("messaging")."""

_SIGNATURE = "x-hub-signature-256"
_CONTAINERS = ("messaging", "standby", "changes")
_MAX_CHALLENGE = 1024


class GraphWebhook(Webhook):
    """The app's door. Each update of a batch goes to the channel whose it is by `routes`; what is nobody's is kept as ignored."""

    path = "meta"

    def __init__(self, app_secret: str, verify_token: str, routes: Mapping[Route, Translate]) -> None:
        self._app_secret = app_secret
        self._verify_token = verify_token
        self._routes = dict(routes)
        self.channels = frozenset({*CHANNELS.values(), "facebook"})
        self._known = {(origin, account) for origin, account, _ in routes}

    def greet(self, request: Request) -> Greeting | None:
        """Meta asks whether this door is ours: whoever knows the verify token gets the challenge back."""
        if request.method != "GET" or request.query.get("hub.mode") != "subscribe":
            return None
        given = request.query.get("hub.verify_token", "").encode("utf-8", "surrogatepass")
        if not hmac.compare_digest(given, self._verify_token.encode()):
            raise RequestRejected("wrong verify token", status=401)
        return Greeting(clean(request.query.get("hub.challenge", ""), _MAX_CHALLENGE), "text/plain")

    def verify(self, request: Request) -> None:
        """The body has to be signed with the app's secret, as it came."""
        if not request.carries(_SIGNATURE, signature(self._app_secret, request.body)):
            raise RequestRejected("not from Meta", status=401)

    def parse(self, request: Request) -> list[InboundEvent]:
        """All updates of a batch, in its order."""
        batch = request.json()
        if not isinstance(batch.get("entry"), list):
            raise RequestRejected("the body is no batch of updates")
        batch = storable(batch)
        origin = clean(string(batch, "object"), 64)
        return [
            event
            for entry in _items(batch, "entry")
            for delivery in _deliveries(origin, entry)
            for event in self._translated(delivery)
        ]

    def _translated(self, delivery: Delivery) -> list[InboundEvent]:
        if delivery.origin not in CHANNELS:
            return [delivery.foreign(f"unknown object: {delivery.origin or 'nothing'}")]
        if (delivery.origin, delivery.account) not in self._known:
            return [delivery.foreign(f"not set up here: {delivery.origin} {delivery.account}")]
        translate = self._routes.get((delivery.origin, delivery.account, delivery.container))
        if translate is None:
            return [delivery.foreign(f"not served here: {delivery.container or 'nothing known'}")]
        try:
            return translate(delivery)
        except Malformed:
            return [delivery.ignored("malformed")]


def _deliveries(origin: str, entry: Json) -> list[Delivery]:
    """The updates of one entry, each by itself; an entry that has none of the containers is one update."""
    found = []
    for container in _CONTAINERS:
        for item in _items(entry, container):
            value = mapping(item, "value")
            if mapping(value, "sender") and mapping(value, "recipient"):  # a conversation's update, told as a change
                found.append(Delivery(origin, identifier(entry, "id"), "messaging", value, entry))
            else:
                found.append(Delivery(origin, _account(entry, value), container, item, entry))
    return found or [Delivery(origin, identifier(entry, "id"), "", {}, entry)]


def _items(parent: Json, container: str) -> list[Json]:
    """The updates in a container. What is no object is kept under no name, for the one who translates to find it malformed."""
    found: Any = parent.get(container)
    return [item if isinstance(item, dict) else {"": item} for item in found] if isinstance(found, list) else []


def _account(entry: Json, value: Json) -> str:
    """Whose update it is. WhatsApp's entries are a business account's, and only the change tells which of its numbers is meant."""
    return identifier(mapping(value, "metadata"), "phone_number_id") or identifier(entry, "id")
