"""What is filled family by family."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.channels.base import Channel, Webhook


@dataclass
class Doorways:
    """The channels that are set up, and the doors at which vendors call."""

    channels: list[Channel] = field(default_factory=list)
    webhooks: list[Webhook] = field(default_factory=list)
