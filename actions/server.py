"""The launcher: Rasa with this project's channel, stores and in-process actions, on the loopback only.

    python -m actions.server --port 5005 --model var/rasa/model.tar.gz

Rasa takes ten seconds to import. What must hold before that stands here: dying with the parent, and quiet logs.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from actions.parent import die_with
from actions.quiet import be_quiet, importing_rasa


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the settings, and serve until the parent or the operator ends it."""
    options = read_options(arguments, os.environ)
    die_with(options.parent)
    if not options.model.is_file():
        raise SystemExit(f"There is no model at {options.model}: train it with python -m actions.train.")
    be_quiet()
    with importing_rasa():
        from actions.serving import serve  # not at the top: what must hold before stands above
    serve(options)


def read_options(arguments: Sequence[str] | None, environment: Mapping[str, str]) -> argparse.Namespace:
    """The settings: port, model, parent, stock_rest, and redis and token, which come by environment only.

    Secrets have no place on a command line: everyone on the machine can read it.
    """
    parser = argparse.ArgumentParser(prog="python -m actions.server", description="Runs Rasa with in-process actions.")
    parser.add_argument("--port", type=int, default=environment.get("FRONTLINE_RASA_PORT", "5005"))
    parser.add_argument("--model", type=Path, default=environment.get("FRONTLINE_RASA_MODEL", "var/rasa/model.tar.gz"))
    parser.add_argument("--parent", type=int, default=os.getppid(), help="the process to die with; 0 for nobody")
    parser.add_argument("--stock-rest", action="store_true", help="open Rasa's own REST channel too, for benchmarks")
    options = parser.parse_args(arguments)
    options.redis = environment.get("FRONTLINE_REDIS_URL")
    options.token = environment.get("FRONTLINE_RASA_TOKEN")
    return options


if __name__ == "__main__":
    main()
