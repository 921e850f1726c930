"""The public answers: every published answer on a page of its own, for everybody."""

from bot.web.answers import routes

__all__ = ["routes"]
