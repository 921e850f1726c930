"""Rasa's web application, put together: channel, stores, in-process actions."""

from __future__ import annotations

import argparse
import logging
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from rasa.core.channels.channel import InputChannel
from rasa.core.channels.rest import RestInput
from rasa.core.lock_store import InMemoryLockStore, RedisLockStore
from rasa.core.run import close_resources, configure_app, load_agent_on_start
from rasa.core.utils import AvailableEndpoints
from rasa.shared.core.domain import Domain
from rasa.utils.log_utils import configure_structlog
from sanic import Sanic

from actions.channel import FrontlineInput
from actions.endpoint import InProcessActions, use_compiled_validation
from actions.trackers import ShortRedisTrackers, ShortTrackers
from nlu.components.source import shared_source

logger = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
MAX_REQUEST_BYTES = 64 * 1024


def serve(options: argparse.Namespace) -> None:
    """Serve until the process is ended. The port opens only when the model is loaded."""
    configure_structlog(logging.WARNING)
    use_compiled_validation()
    available = endpoints(options.redis)
    app = build_app(options.model, available, options.token, stock_rest=options.stock_rest)
    app.run(host=LOOPBACK, port=options.port, workers=1, access_log=False)


def build_app(model: Path, available: AvailableEndpoints, token: str | None, *, stock_rest: bool) -> Sanic:
    """The web application that loads the model when it starts. Rasa's own HTTP API stays closed."""
    channels: list[InputChannel] = [FrontlineInput(token)]
    if stock_rest:
        channels.append(RestInput())
    app = configure_app(channels, enable_api=False, endpoints=available)
    app.config.REQUEST_MAX_SIZE = MAX_REQUEST_BYTES
    app.register_listener(partial(load_agent_on_start, str(model), available, None), "before_server_start")
    app.register_listener(_be_ready, "before_server_start")
    app.register_listener(close_resources, "after_server_stop")
    return app


def endpoints(redis_url: str | None) -> AvailableEndpoints:
    """Where trackers and locks live, and how actions run."""
    if not redis_url:
        trackers, locks = ShortTrackers(Domain.empty()), InMemoryLockStore()
        return AvailableEndpoints(action=InProcessActions(), tracker_store=trackers, lock_store=locks)
    place = redis_place(redis_url)
    return AvailableEndpoints(
        action=InProcessActions(),
        tracker_store=ShortRedisTrackers(Domain.empty(), **place),
        lock_store=RedisLockStore(**place),
    )


def redis_place(url: str) -> dict[str, Any]:
    """A Redis URL in the words of Rasa's stores; one database for both, as their keys differ.

    >>> redis_place("redis://cache:6380/2")["db"]
    2
    """
    parts = urlsplit(url)
    if parts.scheme not in ("redis", "rediss") or not parts.hostname:
        raise SystemExit("FRONTLINE_REDIS_URL must look like redis://host:6379/0")
    return {
        "host": parts.hostname,
        "port": parts.port or 6379,
        "db": int(parts.path.strip("/") or 0),
        "password": unquote(parts.password) if parts.password else None,
        "use_ssl": parts.scheme == "rediss",
    }


async def _be_ready(app: Sanic, _: Any) -> None:
    # Rasa goes on without a model after a warning; a server that can answer nothing is better down.
    if not app.ctx.agent.is_ready():
        raise SystemExit("the model could not be loaded")
    # A snapshot takes a while to load: now, not with the first customer.
    version = shared_source().version
    logger.info("Rasa is ready with model %s, snapshot %s.", app.ctx.agent.model_name, version or "none")
