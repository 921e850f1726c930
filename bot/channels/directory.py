"""The channels that are set up, found by what a conversation says of itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.channels.base import Capabilities, Channel
from bot.domain.conversation import ConversationKey

_NOTHING = Capabilities(max_text=0)  # of a channel that is not set up any more


class Directory:
    """Who asks for the channel of a conversation gets it, or learns that it is not set up (any more)."""

    def __init__(self, channels: Iterable[Channel] = ()) -> None:
        self._channels = {(channel.name, channel.account): channel for channel in channels}

    def __iter__(self) -> Iterator[Channel]:
        return iter(self._channels.values())

    def get(self, key: ConversationKey) -> Channel | None:
        """The channel of this conversation; None where it is not set up."""
        return self._channels.get((key.channel, key.account))

    def capabilities(self, key: ConversationKey) -> Capabilities:
        """What can be done in this conversation: nothing where its channel is not set up."""
        channel = self.get(key)
        return channel.capabilities if channel is not None else _NOTHING

    def is_public(self, key: ConversationKey) -> bool:
        """Whether others read along in this conversation."""
        channel = self.get(key)
        return channel is not None and channel.is_public(key)

    def private_url(self, key: ConversationKey) -> str:
        """Where the customer can write to us in private on the same channel; empty where they cannot."""
        channel = self.get(key)
        return channel.private_url(key) if channel is not None else ""

    def is_fetched(self, key: ConversationKey) -> bool:
        """Whether the customer fetches what is stored, so that what is stored is sent."""
        return self.capabilities(key).fetched
