"""Runs in Rasa's own environment, started by test_inside.py: what only code beside Rasa can see. Prints JSON."""

from __future__ import annotations

import asyncio
import json
import logging
import random
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from jsonschema import ValidationError
from rasa.core.actions.action import RemoteAction
from rasa.core.agent import Agent, load_agent
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig
from rasa.utils.log_utils import configure_structlog

from actions.endpoint import use_compiled_validation
from actions.requests import BUTTONS, BUTTONS_WITH_VALUE, Button, TurnRequest
from actions.serving import endpoints
from actions.trackers import TurnTrackers
from actions.turns import Turns
from tests.rasa.content import SCOPE, SINCE

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


async def loaded(model: Path, kind: type[Turns] = Turns) -> tuple[Agent, Turns]:
    """An agent as the server loads it, and the turns it takes."""
    trackers = TurnTrackers()
    agent = await load_agent(str(model), endpoints=endpoints(trackers))
    return agent, kind(agent, trackers)


async def silence(model: Path) -> list[str]:
    """What becomes of a message whose action fails, and of the same message once the action works again."""
    agent, turns = await loaded(model)
    request = TurnRequest("silent", "1", None, Button("helped_yes", None), {})
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


MOVES: tuple[str | Button, ...] = (
    *(Button(name, None) for name in BUTTONS if name not in BUTTONS_WITH_VALUE),
    *(Button("report_fault", None), Button("leave_contact", None)) * 3,
    *(Button("choose_answer", "bill-date"), Button("language", "en")),
    *(SINCE, SCOPE, "seit gestern", "???") * 3,
    *("a@b.de", "0171 1234567", "hallo", "danke", "egal", "abbrechen", "ja", "nein", "2", "die erste", "keine davon"),
    *("wie kündige ich meinen vertrag", "rechnung", "geht nicht", "sim sperren, handy gestohlen", "es brennt"),
    *("ich will einen mitarbeiter", "english please", "/restart", "wo ist der mond"),
)
WALKS, STEPS = 60, 12
MOST_WALKS, FINISHED = 400, 3  # as many walks as it takes until so many forms of each kind have been finished


class Remembering(Turns):
    """A textbook Rasa: the tracker lives as long as its conversation, and what the request says of the dialogue is not looked at."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._kept: dict[str, DialogueStateTracker] = {}

    def _begun(self, request: TurnRequest) -> DialogueStateTracker:
        return self._kept.setdefault(request.conversation, super()._begun(request))


async def walks(model: Path, seed: int) -> dict[str, Any]:
    """Conversations that wander between two processes, some turns asked twice, beside one process that forgets nothing."""
    (here, first), (there, second), (_, remembering) = [
        await loaded(model, kind) for kind in (Turns, Turns, Remembering)
    ]
    chance, differences, ends, moved = random.Random(seed), [], Counter[str](), 0
    for walk in range(MOST_WALKS):
        if walk >= WALKS and min(ends["fault"], ends["contact"]) >= FINISHED:
            break
        form: dict[str, Any] | None = None
        for step in range(STEPS):
            move, context = (
                chance.choice(MOVES),
                {"language": "de", "failures": chance.choice((0, 0, 0, 1, 2)), "form": form},
            )
            text, button = (move, None) if isinstance(move, str) else (None, move)
            request = TurnRequest(f"walk-{walk}", str(step), text, button, context)
            taker, other = (first, second) if chance.random() < 0.5 else (second, first)
            results = [await taker.run(request)]
            if chance.random() < 0.2:  # its answer was lost, or it died having given it
                results += [await other.run(request), await taker.run(request)]
            results.append(await remembering.run(request))
            if any(result != results[0] for result in results):
                differences.append({"walk": walk, "step": step, "move": str(move), "results": results})
            moved += taker is second and bool(form and form["name"])
            ends.update(act["act"] for act in results[0]["acts"])
            form = results[0]["form"]
    left = [name for agent in (here, there) for name in await agent.tracker_store.keys()]
    return {"differences": differences[:3], "ends": ends, "moved": moved, "left": left}


def main(model: Path, seed: int) -> None:
    """Print everything test_inside.py asks about."""
    configure_structlog(logging.CRITICAL)
    logging.disable(logging.CRITICAL)
    before = verdicts()
    use_compiled_validation()
    found = {
        "verdicts": {"rasa": before, "compiled": verdicts()},
        "silence": asyncio.run(silence(model)),
        "walks": asyncio.run(walks(model, seed)),
    }
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
