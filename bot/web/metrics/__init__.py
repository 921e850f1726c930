"""Figures for an operator's monitoring, in Prometheus' text format."""

from bot.web.metrics import routes

__all__ = ["routes"]
