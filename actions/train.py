"""Training the Rasa model: rules and forms only, the answers live in snapshots.

    python -m actions.train --out var/rasa/model.tar.gz --if-changed

The top of this file needs the standard library only, so that the bot's side can ask for the fingerprint.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import logging
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from actions.quiet import be_quiet, importing_rasa

ROOT = Path(__file__).resolve().parent.parent
RASA_VERSION = "3.6.21"
_INPUTS = ("config.yml", "data/rasa/*.yml", "nlu/components/*.py", "actions/policy.py")


def model_fingerprint(root: Path = ROOT) -> str:
    """Names what a model is trained from. Two trees with the same fingerprint train to the same model."""
    digest = hashlib.sha256(RASA_VERSION.encode())
    for path in sorted(path for pattern in _INPUTS for path in root.glob(pattern)):
        for part in (path.relative_to(root).as_posix().encode(), path.read_bytes()):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()[:16]


def is_current(model: Path, root: Path = ROOT) -> bool:
    """Whether the model was trained from the inputs as they are now."""
    note = _note(model)
    return model.exists() and note.exists() and note.read_text() == model_fingerprint(root)


def train(model: Path, root: Path = ROOT) -> None:
    """Train, and put the model in its place once it is whole. Raises SystemExit where Rasa finds a fault."""
    be_quiet()
    os.environ["RASA_CACHE_DIRECTORY"] = str(model.parent / "cache")  # else .rasa/ in the working directory
    fingerprint = model_fingerprint(root)
    with importing_rasa():
        from rasa.model_training import train as rasa_train  # ten seconds, and absent on the bot's side
        from rasa.utils.log_utils import configure_structlog
    configure_structlog(logging.WARNING)
    model.parent.mkdir(parents=True, exist_ok=True)
    name = f"{model.name.removesuffix('.tar.gz')}-{fingerprint}"
    with contextlib.redirect_stdout(io.StringIO()):  # Rasa praises a file that is about to be renamed
        trained = rasa_train(
            domain=str(root / "data/rasa/domain.yml"),
            config=str(root / "config.yml"),
            training_files=[str(root / "data/rasa")],
            output=str(model.parent),
            fixed_model_name=name,
            force_training=True,
        )
    if trained.code != 0 or trained.model is None:
        raise SystemExit("the model could not be trained")
    Path(trained.model).replace(model)
    _note(model).write_text(fingerprint)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m actions.train", description="Trains the Rasa model.")
    parser.add_argument("--out", type=Path, default=ROOT / "var/rasa/model.tar.gz", help="where the model goes")
    parser.add_argument("--if-changed", action="store_true", help="do nothing where the model is current")
    parser.add_argument("--fingerprint", action="store_true", help="print the fingerprint of the inputs and stop")
    options = parser.parse_args(arguments)
    if options.fingerprint:
        print(model_fingerprint())
    elif options.if_changed and is_current(options.out):
        print(f"{options.out} is current.")
    else:
        _train_with_progress(options.out)


def _train_with_progress(model: Path) -> None:
    started = time.monotonic()
    print("Training the Rasa model (rules and forms), about half a minute …", flush=True)
    train(model)
    print(f"{model} trained in {time.monotonic() - started:.0f} s.", flush=True)


def _note(model: Path) -> Path:
    return model.with_name(model.name + ".fingerprint")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
