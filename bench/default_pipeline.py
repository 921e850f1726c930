"""Rasa's default pipeline (what `rasa init` writes: DIET, ResponseSelector, TED) on the same content, as a peer for speed.

Every answer is an intent with its phrasings as examples and a response of its own. Epochs are few: they cost training time and
change quality, not the time of a turn.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from pathlib import Path

import yaml
from rich.console import Console

from bench.processes import RASA_PYTHON, ROOT
from bot.knowledge.files import read_answers, read_small_talk

EPOCHS = 3
CONFIG = {
    "recipe": "default.v1",
    "language": "de",
    "assistant_id": "bench-default",
    "pipeline": [
        {"name": "WhitespaceTokenizer"},
        {"name": "RegexFeaturizer"},
        {"name": "LexicalSyntacticFeaturizer"},
        {"name": "CountVectorsFeaturizer"},
        {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
        {"name": "DIETClassifier", "epochs": EPOCHS, "constrain_similarities": True},
        {"name": "EntitySynonymMapper"},
        {"name": "ResponseSelector", "epochs": EPOCHS, "constrain_similarities": True},
        {"name": "FallbackClassifier", "threshold": 0.3, "ambiguity_threshold": 0.1},
    ],
    "policies": [
        {"name": "MemoizationPolicy"},
        {"name": "RulePolicy"},
        {"name": "UnexpecTEDIntentPolicy", "max_history": 5, "epochs": EPOCHS},
        {"name": "TEDPolicy", "max_history": 5, "epochs": EPOCHS, "constrain_similarities": True},
    ],
}


def training_data(folder: Path) -> str:
    """Write config, domain and training data into `folder`; returns a hash of them."""
    answers = read_answers(ROOT / "data/answers")
    examples = {item.id: [words.text for words in item.phrasings] for item in answers}
    examples |= read_small_talk(ROOT / "data/rasa/nlu.yml")
    texts = {item.id: item.texts[0].text for item in answers}
    steps = [{"intent": name} for name in examples]
    documents = {
        "config.yml": CONFIG,
        "domain.yml": {
            "version": "3.1",
            "intents": list(examples),
            "responses": {f"utter_{name}": [{"text": texts.get(name, name)}] for name in examples},
        },
        "data/nlu.yml": {
            "version": "3.1",
            "nlu": [
                {"intent": name, "examples": "".join(f"- {line.replace('[', '(').replace(']', ')')}\n" for line in lines)}
                for name, lines in examples.items()
            ],
        },
        "data/rules.yml": {
            "version": "3.1",
            "rules": [
                {"rule": f"say {step['intent']}", "steps": [step, {"action": f"utter_{step['intent']}"}]} for step in steps
            ],
            "stories": [
                {"story": "two", "steps": [steps[0], {"action": f"utter_{steps[0]['intent']}"}, steps[1], {"action": f"utter_{steps[1]['intent']}"}]}
            ],
        },
    }  # fmt: skip
    for name, document in documents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return hashlib.sha256(json.dumps(documents, sort_keys=True).encode()).hexdigest()[:12]


async def trained_default_pipeline(home: Path, out: Console) -> Path:
    """The trained model; from an earlier run where the content is the same."""
    folder = home / "default-pipeline"
    model = folder / f"default-{training_data(folder)}.tar.gz"
    if not model.exists():
        out.print(f"Training Rasa's default pipeline ({EPOCHS} epochs: only its speed is measured) …")
        command = [str(RASA_PYTHON), "-m", "rasa", "train", "--fixed-model-name", model.name.removesuffix(".tar.gz")]
        quiet = {**os.environ, "RASA_TELEMETRY_ENABLED": "false"}
        with (folder / "train.log").open("wb") as log:
            child = await asyncio.create_subprocess_exec(
                *command, "--out", ".", "--data", "data", cwd=folder, stdout=log, stderr=log, env=quiet
            )
            if await child.wait() != 0:
                raise RuntimeError(f"training failed; see {folder / 'train.log'}")
    return model
