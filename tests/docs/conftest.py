"""The documentation is held against the code alone, not against the machine it is read on."""

from __future__ import annotations

import os

import pytest

from bot.settings import PREFIX


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
