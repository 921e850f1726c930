"""Figures of this process alone; several on one database each tell their own."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp import web
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.web.chat import socket as chat
from bot.web.desk import live as desk
from bot.web.doors import DOORS


class OfProcess(Collector):
    """Whether it can work, and who is connected to it."""

    def __init__(self, app: web.Application) -> None:
        self._app = app

    def collect(self) -> Iterator[Metric]:
        """The figures as they are now."""
        doors = self._app[DOORS]
        rasas, _ = doors.rasa_up()
        chats, desks = self._app.get(chat.PAGES), self._app.get(desk.PAGES)  # a worker has no doors
        for name, says, value in (
            ("frontline_storage_full", "1 while messages are refused for lack of disk space", doors.store.is_full()),
            ("frontline_backlog_full", "1 while messages are refused since too many wait", doors.inbox.backlog.is_full),
            ("frontline_rasa_up", "Rasa processes that take turns; at 0 the local brain does", rasas),
            ("frontline_chat_sockets", "Pages that follow a web chat", len(chats.open) if chats else 0),
            ("frontline_desk_sockets", "Pages of agents that follow the desk", len(desks.open) if desks else 0),
        ):
            yield GaugeMetricFamily(name, says, value=value)
