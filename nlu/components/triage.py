"""The Rasa component that turns a message into a reading, and the reading into an intent.

One component, not four: language, matching, urgency and triage share their work inside
`Understanding.read`, and that one call is what the local brain in the bot's process makes too.
Split over the graph they could differ, or swap snapshots in the middle of a message.
"""

from __future__ import annotations

import json
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, PREDICTED_CONFIDENCE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message

from nlu.components.source import shared_source
from nlu.reading import Context, DecisionKind, Reading

READING = "reading"

# Rasa reads a text that starts with "/" as an intent, and strips white space before it looks. A word
# joiner in front keeps a customer's "/restart" a text; it is taken off again before the text is read.
GUARD = "\u2060"


def guarded(text: str) -> str:
    """The text as it may enter Rasa's graph, where a leading slash is a command."""
    return GUARD + text


def intent_of(reading: Reading) -> str:
    """The Rasa intent that stands for a reading: `answer`, `clarify`, `handoff`, `urgent`, or the small talk's name."""
    decision = reading.decision
    if decision.handoff == "urgent" and decision.kind is not DecisionKind.SMALL_TALK:
        return "urgent"
    if decision.kind is DecisionKind.HANDOFF:
        return "human" if decision.handoff == "asked" else "handoff"
    if decision.kind is DecisionKind.SMALL_TALK:
        return reading.intent
    return decision.kind.value


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class Triage(GraphComponent):
    """Reads every message with the snapshot that is published now."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Triage:
        """Create the component. It has nothing to train and nothing to load from the model."""
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the intent of each message, and the whole reading under `reading`."""
        for message in messages:
            metadata = message.get("metadata") or {}
            text = (message.get(TEXT) or "").removeprefix(GUARD)
            reading = shared_source().read(text, Context.from_dict(metadata.get("context")))
            intent = {INTENT_NAME_KEY: intent_of(reading), PREDICTED_CONFIDENCE_KEY: reading.intent_confidence}
            message.set(INTENT, intent, add_to_output=True)
            message.set(READING, plain(reading), add_to_output=True)
        return messages


def plain(reading: Reading) -> dict[str, Any]:
    """The reading as bare JSON types, because Rasa copies, compares and stores it as JSON."""
    data: dict[str, Any] = json.loads(json.dumps(reading.as_dict()))
    return data
