"""Discourse: an account in a community's topics, and in private messages to it.

`adapter.py` is the channel; `parsing.py` translates in, `rendering.py` out, both pure; `private.py` asks for what webhooks tell of badly.
"""

from bot.channels.discourse.adapter import DiscourseChannel, DiscourseSettings

__all__ = ["DiscourseChannel", "DiscourseSettings"]
