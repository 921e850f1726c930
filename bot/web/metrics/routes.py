"""The door `/metrics`. It tells numbers and never a customer, and those only on this machine or to who has the token."""

from __future__ import annotations

import asyncio
import hmac

from aiohttp import web
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

from bot.errors import RequestRejected
from bot.web.address import is_this_machine
from bot.web.doors import DOORS
from bot.web.metrics.database import OfDatabase
from bot.web.metrics.process import OfProcess

REGISTRY: web.AppKey[CollectorRegistry] = web.AppKey("metrics", CollectorRegistry)


def setup_routes(app: web.Application) -> None:
    """Add the door, and all that is told there. What a process measures while it serves is to be registered here too."""
    registry = CollectorRegistry()
    registry.register(OfDatabase(app[DOORS].store))
    registry.register(OfProcess(app))
    for of_python in (ProcessCollector, PlatformCollector, GCCollector):
        of_python(registry=registry)
    app[REGISTRY] = registry
    app.router.add_get("/metrics", metrics)


async def metrics(request: web.Request) -> web.Response:
    """All figures as they are now."""
    if not _may_read(request):
        raise RequestRejected("metrics are told on this machine, or to who shows web.metrics_token", status=403)
    body = await asyncio.to_thread(generate_latest, request.app[REGISTRY])
    return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"})


def _may_read(request: web.Request) -> bool:
    token = request.app[DOORS].settings.web.metrics_token
    shown = request.headers.get("Authorization", "")
    if token is not None and hmac.compare_digest(shown.encode(), f"Bearer {token.get_secret_value()}".encode()):
        return True
    return is_this_machine(request)
