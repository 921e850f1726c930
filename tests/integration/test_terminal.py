"""`frontline chat`: what somebody at a terminal reads, and what a pipe does."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from rich.console import Console

from bot.settings import Rasa, Settings
from bot.terminal import talk
from tests.homes import fresh_home


class Keyboard(io.StringIO):
    """Lines that a person types, who sees them while typing."""

    def isatty(self) -> bool:
        return True


async def transcript_of(home: Path, lines: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(sys, "stdin", lines)
    out = Console(file=io.StringIO(), width=200)
    await talk(Settings(home=fresh_home(home), rasa=Rasa(enabled=False)), out, explain=False, language="de")
    assert isinstance(out.file, io.StringIO)
    return out.file.getvalue()


async def test_lines_from_a_pipe_stand_before_their_replies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    piped = io.StringIO("hallo\n\nwie kündige ich meinen [vertrag]?\n/quit\nnie gelesen\n")
    shown = await transcript_of(tmp_path, piped, monkeypatch)
    said = [line for line in shown.splitlines() if line.startswith(("you ", "bot "))]
    assert [line for line in said if line.startswith("you ")] == ["you hallo", "you wie kündige ich meinen [vertrag]?"]
    assert said[0] == "you hallo"
    assert said[1].startswith("bot ")
    assert said[-1].startswith("bot ")
    assert "nie gelesen" not in shown


async def test_what_is_typed_at_a_terminal_is_not_shown_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = await transcript_of(tmp_path, Keyboard("hallo\n"), monkeypatch)
    assert "hallo" not in [line.removeprefix("you ") for line in shown.splitlines()]
