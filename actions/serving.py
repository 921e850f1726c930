"""Rasa's web application, put together: channel, trackers, in-process actions."""

from __future__ import annotations

import argparse
import logging
from functools import partial
from pathlib import Path
from typing import Any

from rasa.core.channels.channel import InputChannel
from rasa.core.lock_store import InMemoryLockStore
from rasa.core.run import close_resources, configure_app, load_agent_on_start
from rasa.core.tracker_store import TrackerStore
from rasa.core.utils import AvailableEndpoints
from rasa.utils.log_utils import configure_structlog
from sanic import Sanic

from actions.channel import FrontlineInput
from actions.endpoint import InProcessActions, use_compiled_validation
from actions.trackers import TurnTrackers
from nlu.components.source import shared_source

logger = logging.getLogger(__name__)

MAX_REQUEST_BYTES = 64 * 1024


def serve(options: argparse.Namespace) -> None:
    """Open the frontline channel, and nothing else, as the options say."""
    trackers = TurnTrackers()
    run(build_app(options.model, [FrontlineInput(trackers, options.token)], trackers), options.host, options.port)


def run(app: Sanic, host: str, port: int) -> None:
    """Serve until the process is ended. The port opens only when the model is loaded."""
    configure_structlog(logging.WARNING)
    use_compiled_validation()
    app.run(host=host, port=port, workers=1, access_log=False)


def build_app(model: Path, channels: list[InputChannel], trackers: TrackerStore) -> Sanic:
    """The web application that loads the model when it starts. Rasa's own HTTP API stays closed."""
    available = endpoints(trackers)
    app = configure_app(channels, enable_api=False, endpoints=available)
    app.config.REQUEST_MAX_SIZE = MAX_REQUEST_BYTES
    app.register_listener(partial(load_agent_on_start, str(model), available, None), "before_server_start")
    app.register_listener(_be_ready, "before_server_start")
    app.register_listener(close_resources, "after_server_stop")
    return app


def endpoints(trackers: TrackerStore) -> AvailableEndpoints:
    """Where trackers are, and how actions run."""
    return AvailableEndpoints(action=InProcessActions(), tracker_store=trackers, lock_store=InMemoryLockStore())


async def _be_ready(app: Sanic, _: Any) -> None:
    # Rasa goes on without a model after a warning; a server that can answer nothing is better down.
    if not app.ctx.agent.is_ready():
        raise SystemExit("the model could not be loaded")
    # A snapshot takes a while to load: now, not with the first customer.
    version = shared_source().version
    logger.info("Rasa is ready with model %s, snapshot %s.", app.ctx.agent.model_name, version or "none")
