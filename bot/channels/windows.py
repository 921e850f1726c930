"""For how long after a customer's latest message a channel takes words to them. Vendors call it the window of a conversation."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.channels.base import Capabilities
from bot.domain.reply import Outgoing, ReplyKind

CLOSED = "the customer has not written for longer than the channel allows"


def has_closed(capabilities: Capabilities, outgoing: Outgoing, at: datetime) -> bool:
    """Whether this reply comes too late. Where nobody knows when the customer wrote, the vendor decides."""
    ends = closes_at(capabilities, outgoing.heard_at, by_agent=outgoing.reply.kind is ReplyKind.AGENT)
    return ends is not None and at >= ends


def closes_at(capabilities: Capabilities, heard_at: datetime | None, *, by_agent: bool) -> datetime | None:
    """Until when the bot, or a person, may write to a customer who was last heard then; None where nothing ends."""
    window: timedelta | None = capabilities.window
    if by_agent and capabilities.agent_window is not None:
        window = capabilities.agent_window
    return None if window is None or heard_at is None else heard_at + window
