"""Reads `frontline.toml` and secrets in files, and says what is wrong in words for an operator."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import tomllib
from pydantic import ValidationError

from bot.errors import Fault

PREFIX = "FRONTLINE_"


def read_toml(file: Path) -> tuple[dict[str, Any], list[Fault]]:
    """The values of a settings file, none where there is no file, and what is wrong with it."""
    if not file.exists():
        return {}, []
    try:
        return tomllib.loads(file.read_text(encoding="utf-8")), []
    except (OSError, ValueError, RecursionError) as error:  # a ValueError also is a number of thousands of digits
        return {}, [Fault("settings.syntax", f"{file}: {error}", "mend the line; https://toml.io shows the form")]


class SecretsFromFiles:
    """Puts `FRONTLINE_X_FILE`'s content where `FRONTLINE_X` would be, while settings are read."""

    def __init__(self, faults: list[Fault]) -> None:
        self._faults = faults
        self._set: list[str] = []
        self._taken: dict[str, str] = {}

    def __enter__(self) -> None:
        for name, value in list(os.environ.items()):
            if not (name.startswith(PREFIX) and name.endswith("_FILE")):
                continue
            self._taken[name] = os.environ.pop(name)  # or it would be read as a setting of that name
            target = name.removesuffix("_FILE")
            try:
                secret = Path(value).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                hint = "name a readable file with nothing but the secret in it"
                self._faults.append(Fault("settings.secret_file", f"{name}: {value}: {error}", hint))
                continue
            if target not in os.environ:
                os.environ[target] = secret
                self._set.append(target)

    def __exit__(self, *_: object) -> None:
        for name in self._set:
            del os.environ[name]
        os.environ.update(self._taken)


def faults_of(error: ValidationError) -> list[Fault]:
    """Each wrong value as a fault of its own."""
    faults = []
    for one in error.errors():
        where = ".".join(str(part) for part in one["loc"])
        hint = "remove it or mend its name" if one["type"] == "extra_forbidden" else "see docs/settings.md"
        faults.append(Fault(f"settings.{where}", f"{where}: {one['msg']}", hint))
    return faults
