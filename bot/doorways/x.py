"""X."""

from __future__ import annotations

from bot.channels.x import XAccess, XDirect, XDoor, XPosts
from bot.doorways.doorways import Doorways
from bot.rates import Rates
from bot.settings import Settings


def x_access(settings: Settings) -> XAccess | None:
    """What the channels of X need to know; None where no account is set up. Keys that are missing are faults when they start."""
    x = settings.x
    if x.access_token is None:
        return None
    consumer_key, consumer_secret, token_secret = (
        key.get_secret_value() if key else "" for key in (x.consumer_key, x.consumer_secret, x.access_token_secret)
    )
    token = x.access_token.get_secret_value()
    return XAccess(consumer_key, consumer_secret, token, token_secret, app_id=x.app_id, base_url=x.base_url)


def add_x(doorways: Doorways, settings: Settings, rates: Rates) -> None:
    """Add posts and direct messages, if an account is set up."""
    access = x_access(settings)
    if access is not None:
        doorways.channels += [XPosts(access, rates), XDirect(access, rates)]
        doorways.webhooks.append(XDoor(access))
