"""The desk: where agents work on cases, and where staff sign in."""

from bot.web.desk import routes

__all__ = ["routes"]
