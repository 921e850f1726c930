"""Discourse."""

from __future__ import annotations

from bot.channels.discourse import DiscourseChannel, DiscourseSettings
from bot.doorways.doorways import Doorways
from bot.rates import Rates
from bot.settings import Settings


def discourse_settings(settings: Settings) -> DiscourseSettings | None:
    """What the channel needs to know; None where no account is set up."""
    forum = settings.discourse
    if forum.api_key is None:
        return None
    return DiscourseSettings(
        url=forum.url,
        username=forum.username,
        api_key=forum.api_key.get_secret_value(),
        webhook_secret=forum.webhook_secret.get_secret_value() if forum.webhook_secret else "",
        categories=forum.categories,
        staff_groups=forum.staff_groups,
        private=forum.private_messages,
        bot_name=settings.company.bot_name,
        upload_hosts=forum.upload_hosts,
    )


def add_discourse(doorways: Doorways, settings: Settings, rates: Rates) -> None:
    """Add the account, if one is set up."""
    chosen = discourse_settings(settings)
    if chosen is not None:
        channel = DiscourseChannel(chosen, rates=rates)
        doorways.channels.append(channel)
        doorways.webhooks.append(channel)
