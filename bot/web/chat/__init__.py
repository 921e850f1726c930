"""The web chat: a custom element for any page, and the doors behind it."""

from bot.web.chat import routes

__all__ = ["routes"]
