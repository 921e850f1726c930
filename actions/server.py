"""The launcher: Rasa with this project's channel and in-process actions.

    python -m actions.server --port 5005 --model var/rasa/model.tar.gz

Rasa takes ten seconds to import. What must hold before that stands here: who may reach it, dying with the parent, and quiet logs.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from pathlib import Path

from actions.parent import die_with
from actions.quiet import be_quiet, importing_rasa

LOOPBACK = "127.0.0.1"
_TOKEN = "FRONTLINE_RASA_TOKEN"  # noqa: S105  # the variable's name


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
    """The settings: host, port, model, parent, and token, which comes by environment only. SystemExit where they cannot be used.

    A secret has no place on a command line: everyone on the machine can read it.
    """
    parser = argparse.ArgumentParser(prog="python -m actions.server", description="Runs Rasa with in-process actions.")
    parser.add_argument("--host", default=LOOPBACK, help="the address to listen on; any but the loopback takes a token")
    parser.add_argument("--port", type=int, default=environment.get("FRONTLINE_RASA_PORT", "5005"))
    parser.add_argument("--model", type=Path, default=environment.get("FRONTLINE_RASA_MODEL", "var/rasa/model.tar.gz"))
    parser.add_argument("--parent", type=int, default=os.getppid(), help="the process to die with; 0 for nobody")
    options = parser.parse_args(arguments)
    options.token = _token(environment)
    if not options.token and not _is_loopback(options.host):
        raise SystemExit(
            f"Who may speak to Rasa on {options.host}? Set {_TOKEN} or {_TOKEN}_FILE, here and for the bot."
        )
    return options


def _token(environment: Mapping[str, str]) -> str | None:
    file = environment.get(f"{_TOKEN}_FILE")
    if _TOKEN in environment or not file:
        return environment.get(_TOKEN)
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SystemExit(f"{_TOKEN}_FILE: {file} cannot be read: {type(error).__name__}") from None


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


if __name__ == "__main__":
    main()
