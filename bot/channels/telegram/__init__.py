"""Telegram: a bot account in private chats, groups and their topics.

`adapter.py` is the channel; `parsing.py` translates in, `rendering.py` out, both pure.
"""

from bot.channels.telegram.adapter import TelegramChannel
from bot.channels.telegram.settings import TelegramSettings

__all__ = ["TelegramChannel", "TelegramSettings"]
