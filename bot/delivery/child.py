"""How a Rasa process is started, by the supervisor or by hand: the same command, environment and paths."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from bot.settings import ROOT, Settings


@dataclass(frozen=True)
class Child:
    """A Rasa process to be. `token` goes into its environment: everyone on the machine can read a command line."""

    python: Path
    model: Path
    snapshots: Path
    token: str

    @classmethod
    def of(cls, settings: Settings, token: str) -> Self:
        """The process that these settings describe."""
        return cls(
            python=settings.rasa.python.absolute(),
            model=(settings.rasa.model or settings.home / "rasa" / "model.tar.gz").absolute(),
            snapshots=(settings.home / "snapshots").absolute(),
            token=token,
        )

    def command(self, *, port: int, host: str = "127.0.0.1", parent: int = 0) -> list[str]:
        """The command line. The process dies with the process `parent`; 0 is nobody."""
        options = {"--host": host, "--port": port, "--model": self.model, "--parent": parent}
        return [str(self.python), "-m", "actions.server", *(str(part) for pair in options.items() for part in pair)]

    def environment(self) -> dict[str, str]:
        """Ours without our own settings, and what Rasa is to know."""
        return {
            **harmless(os.environ),
            "FRONTLINE_RASA_TOKEN": self.token,
            "FRONTLINE_SNAPSHOTS": str(self.snapshots),
            "RASA_TELEMETRY_ENABLED": "false",
            "PYTHONPATH": str(ROOT),
            "OMP_NUM_THREADS": "1",
        }


def harmless(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment without our own settings: tokens of channels are none of a child's business."""
    return {name: value for name, value in environment.items() if not name.startswith("FRONTLINE_")}
