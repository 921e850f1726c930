"""Rasa's recommended pipeline for understanding, trained and asked as Rasa does it, in Rasa's own environment.

    .venv-rasa/bin/python -m bench.diet ORDER FOLDER

ORDER is a JSON file with `train` (pairs of text and intent), `test` (texts) and `epochs`. Into FOLDER goes the model, and `result.json` with
`fit_seconds` of the processor and `readings`: for each text its `milliseconds` and its `ranking`, pairs of intent and confidence.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
from pathlib import Path
from typing import Any

from actions.quiet import be_quiet, importing_rasa

RESULT = "result.json"
_SEED = 1


def pipeline(epochs: int) -> list[dict[str, Any]]:
    """What Rasa 3.6 takes by default, and so what `rasa init` trains, but for parts that find nothing in labelled questions.

    Those are synonyms of entities and the choice among responses; and FallbackClassifier, which would take away its best guess where it is unsure.
    """
    return [
        {"name": "WhitespaceTokenizer"},
        {"name": "RegexFeaturizer"},
        {"name": "LexicalSyntacticFeaturizer"},
        {"name": "CountVectorsFeaturizer"},
        {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
        {"name": "DIETClassifier", "epochs": epochs, "constrain_similarities": True, "random_seed": _SEED},
    ]


def train(order: dict[str, Any], folder: Path) -> Path:
    """Train on the order's phrasings; the model's file."""
    from rasa.model_training import train_nlu

    config = {
        "recipe": "default.v1",
        "assistant_id": "bench-diet",
        "language": "en",
        "pipeline": pipeline(order["epochs"]),
    }
    # JSON, not Rasa's YAML: there brackets in a question would be taken for entities.
    examples = [{"text": text, "intent": intent, "entities": []} for text, intent in order["train"]]
    (folder / "config.yml").write_text(json.dumps(config), encoding="utf-8")
    (folder / "nlu.json").write_text(json.dumps({"rasa_nlu_data": {"common_examples": examples}}), encoding="utf-8")
    model = train_nlu(str(folder / "config.yml"), str(folder / "nlu.json"), str(folder), fixed_model_name="diet")
    if model is None:
        raise SystemExit("Rasa trained no model")
    return Path(model)


async def ask(model: Path, texts: list[str]) -> list[dict[str, Any]]:
    """Each text read alone by the trained model."""
    from rasa.core.agent import Agent

    agent = Agent.load(model)
    await agent.parse_message(texts[0])  # the first is slow, and not timed: TensorFlow traces its graph
    readings = []
    for text in texts:
        began = time.perf_counter()
        found = await agent.parse_message(text)
        milliseconds = (time.perf_counter() - began) * 1000.0
        ranking = [(one["name"], float(one["confidence"])) for one in found["intent_ranking"]]
        readings.append({"milliseconds": milliseconds, "ranking": ranking})
    return readings


def main() -> None:
    """Do what the order says."""
    order, folder = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), Path(sys.argv[2])
    be_quiet()
    with importing_rasa():
        import rasa.core.agent
        import rasa.model_training  # noqa: F401  # ten seconds, which are no part of the fit
        from rasa.utils.log_utils import configure_structlog
        from rasa.utils.tensorflow.environment import setup_tf_environment
    configure_structlog(logging.WARNING)  # else it writes a line a reading, which would count as its time
    setup_tf_environment()
    began = time.process_time()
    model = train(order, folder)
    seconds = time.process_time() - began
    readings = asyncio.run(ask(model, order["test"]))
    (folder / RESULT).write_text(json.dumps({"fit_seconds": seconds, "readings": readings}), encoding="utf-8")


if __name__ == "__main__":
    main()
