"""The channels and their webhooks, built from the settings: a file a family."""

from __future__ import annotations

from collections.abc import Callable

from bot.channels.base import Channel
from bot.channels.discourse import DiscourseChannel
from bot.channels.facebook import FacebookChannel
from bot.channels.instagram import InstagramChannel
from bot.channels.mail import MailChannel
from bot.channels.matrix import MatrixChannel
from bot.channels.messenger import MessengerChannel
from bot.channels.telegram import TelegramChannel
from bot.channels.webchat import WebChat
from bot.channels.whatsapp import WhatsAppChannel
from bot.channels.x import XDirect, XPosts
from bot.doorways.discourse import add_discourse
from bot.doorways.doorways import Doorways
from bot.doorways.mail import add_mail
from bot.doorways.matrix import add_matrix
from bot.doorways.meta import add_meta
from bot.doorways.telegram import add_telegram
from bot.doorways.x import add_x
from bot.rates import Rates
from bot.settings import Settings
from bot.storage.live import Live

__all__ = ["KINDS", "Doorways", "build_doorways", "idempotent_channels"]

KINDS: tuple[type[Channel], ...] = (
    WebChat,
    TelegramChannel,
    MessengerChannel,
    InstagramChannel,
    FacebookChannel,
    WhatsAppChannel,
    XPosts,
    XDirect,
    DiscourseChannel,
    MatrixChannel,
    MailChannel,
)
"""Every kind of channel there is, whether it is set up or not."""

_FAMILIES: tuple[Callable[[Doorways, Settings, Rates], None], ...] = (
    add_telegram,
    add_meta,
    add_x,
    add_discourse,
    add_matrix,
    add_mail,
)


def build_doorways(settings: Settings, live: Live, rates: Rates) -> Doorways:
    """Everything that is set up. The web chat always is."""
    doorways = Doorways([WebChat(live)])
    for add in _FAMILIES:
        add(doorways, settings, rates)
    return doorways


def idempotent_channels() -> frozenset[str]:
    """The channels that take a reply twice and show it once, whether they are set up or not."""
    return frozenset(kind.name for kind in KINDS if kind.capabilities.idempotent)
