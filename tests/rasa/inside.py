"""Runs in Rasa's own environment, started by test_inside.py: what only code beside Rasa can see. Prints JSON."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from pathlib import Path
from typing import Any

from jsonschema import ValidationError
from rasa.core.actions.action import RemoteAction
from rasa.core.agent import load_agent
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig
from rasa.utils.log_utils import configure_structlog

from actions.endpoint import use_compiled_validation
from actions.requests import Button, TurnRequest
from actions.serving import endpoints, redis_place
from actions.trackers import CONVERSATIONS_IN_MEMORY, ShortTrackers
from actions.turns import Turns

BAD_RESULTS = [{"events": [{"event": "slot"}]}, {"events": "none"}, {"responses": [1]}, {"events": [{"event": "odd"}]}]
GOOD_RESULTS: list[dict[str, Any]] = [
    {"events": [], "responses": []},
    {"events": [{"event": "slot", "name": "a", "value": 1}]},
]


def verdicts() -> list[bool]:
    """Which results pass the check that RemoteAction makes."""
    action = RemoteAction("any", None)
    passed = []
    for result in [*GOOD_RESULTS, *BAD_RESULTS]:
        try:
            passed.append(action._validate_action_result(result))
        except ValidationError:
            passed.append(False)
    return passed


async def length_by_turn(model: Path) -> list[int]:
    """How many events the tracker holds after each of many turns."""
    agent = await load_agent(str(model), endpoints=endpoints(None))
    turns = Turns(agent)
    lengths = []
    for number in range(100):
        await turns.run(TurnRequest("long", str(number), None, Button("helped_yes", None), {}))
        tracker = await agent.tracker_store.retrieve("long")
        lengths.append(len(tracker.events) if tracker else 0)
    return lengths


async def forgotten() -> list[bool]:
    """Whether the first conversation is still known: with the store full, and one beyond."""
    store = ShortTrackers(Domain.empty())
    known = []
    for number in range(CONVERSATIONS_IN_MEMORY + 1):
        await store.save(DialogueStateTracker(f"c{number}", []))
        if number >= CONVERSATIONS_IN_MEMORY - 1:
            known.append(await store.retrieve("c0") is not None)
    return known


async def silence(model: Path) -> list[str]:
    """What becomes of a message whose action fails, and of the same message once the action works again."""
    agent = await load_agent(str(model), endpoints=endpoints(None))
    turns, request = Turns(agent), TurnRequest("silent", "1", None, Button("helped_yes", None), {})
    assert agent.processor
    outcomes, working = [], agent.processor.action_endpoint
    for endpoint in (Broken(), working):
        agent.processor.action_endpoint = endpoint
        try:
            outcomes.append((await turns.run(request))["acts"][0]["act"])
        except RuntimeError as error:
            outcomes.append(str(error))
    return outcomes


class Broken(EndpointConfig):
    """An endpoint whose actions fail."""

    async def request(self, *_: Any, **__: Any) -> Any:
        """Fail."""
        raise ValueError("out of order")


def main(model: Path) -> None:
    """Print everything test_inside.py asks about."""
    configure_structlog(logging.CRITICAL)
    logging.disable(logging.CRITICAL)
    before = verdicts()
    use_compiled_validation()
    found = {
        "verdicts": {"rasa": before, "compiled": verdicts()},
        "known": asyncio.run(forgotten()),
        "silence": asyncio.run(silence(model)),
        "lengths": asyncio.run(length_by_turn(model)),
        "redis": redis_place("rediss://:ge%40heim@cache:6380/2"),
    }
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
