"""The contact form: what is sent with it becomes a message of the mail channel, and is answered by e-mail."""

from bot.web.form import routes

__all__ = ["routes"]
