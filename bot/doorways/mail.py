"""E-mail, which also answers the contact form."""

from __future__ import annotations

from bot.channels.mail import MailChannel
from bot.doorways.doorways import Doorways
from bot.rates import Rates
from bot.settings import Settings


def add_mail(doorways: Doorways, settings: Settings, rates: Rates) -> None:
    """The address that customers write to."""
    if settings.mail.is_on:
        channel = MailChannel(settings.mail, settings.company, rates=rates)
        doorways.channels.append(channel)
        doorways.webhooks.append(channel)
