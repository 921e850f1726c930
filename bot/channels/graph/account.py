"""What Meta tells an operator of the page that a token is for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from bot.channels.fields import Json, label, mapping, mappings, string
from bot.channels.graph.client import GraphClient
from bot.channels.graph.delivery import identifier
from bot.errors import DeliveryError


@dataclass(frozen=True)
class Account:
    """A page by its name, and the Instagram account that is linked to it, if one is."""

    name: str
    instagram: Json


async def ask_account(client: GraphClient, page: str) -> Account:
    """Ask Meta whose token this is. Raises DeliveryError where it is refused, or another page's."""
    told = await client.get("me", fields="id,name,instagram_business_account{id,username}")
    if string(told, "id") != page:
        raise DeliveryError(f"the token is not the page {page}'s: make one for this page", permanent=True)
    return Account(label(told, "name", 128), mapping(told, "instagram_business_account"))


async def ask_silence(client: GraphClient, page: str, app_id: str, needed: Collection[str]) -> str:
    """Of which fields Meta does not tell us, as the end of a sentence; empty where we hear of all that are `needed`.

    https://developers.facebook.com/docs/graph-api/reference/page/subscribed_apps
    """
    told = await client.get(f"{page}/subscribed_apps")
    ours = [app for app in mappings(told, "data") if identifier(app, "id") == app_id]
    heard = [app["subscribed_fields"] for app in ours if isinstance(app.get("subscribed_fields"), list)]
    missing = [field for field in needed if not any(field in fields for fields in heard)]
    return f"; Meta tells us nothing of {', '.join(missing)}: subscribe the page to the app" if missing else ""
