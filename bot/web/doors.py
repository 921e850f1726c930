"""What the rooms of the web side are given, under one typed key of the application."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from bot.delivery.inbox import Inbox
from bot.handoff.desk import Desk
from bot.knowledge.library import Library
from bot.rates import Rates
from bot.settings import Settings
from bot.storage.live import Live
from bot.storage.store import Store


@dataclass(frozen=True)
class Doors:
    """Everything a page may use. `rasa_up`: how many Rasa processes take turns, and how many there are."""

    settings: Settings
    store: Store
    live: Live
    inbox: Inbox
    desk: Desk
    library: Library
    rates: Rates
    rasa_up: Callable[[], tuple[int, int]] = lambda: (0, 0)


DOORS: web.AppKey[Doors] = web.AppKey("doors", Doors)
