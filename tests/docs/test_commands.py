"""Commands that are named exist, and those that exist are told of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from bot.cli import app
from tests.docs.pages import PAGES, ROOT, code_in, coded, name_of, read, rows


def test_make_targets_exist_and_are_all_told_of() -> None:
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    named = {name for page in PAGES for line in code_in(page) for name in re.findall(r"\bmake ([a-z-]+)", line)}
    assert named <= targets
    assert {"run", "test"} <= {name for line in code_in(ROOT / "README.md") for name in re.findall(r"make (\w+)", line)}
    told = [cell for row in rows("docs/development.md", "## Make targets") for cell in coded(row[0])]
    assert {cell.removeprefix("make ") for cell in told} | {"install-tests"} == targets


def _walk(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from _walk(inner, f"{path} {name}".strip())


COMMANDS = dict(_walk(typer.main.get_command(app), ""))
LEAVES = {  # what does something by itself
    path: command
    for path, command in COMMANDS.items()
    if not hasattr(command, "commands") or getattr(command, "invoke_without_command", False)
}


def commands_in(page: Path) -> Iterator[tuple[str, list[str]]]:
    """(words behind `frontline`, options) of every command line a page shows."""
    for line in code_in(page):
        for found in re.findall(r"(?:^|\.venv/bin/|\s)frontline ((?:--?)?[a-z][^#]*)", line):
            words = found.split()
            yield " ".join(words), [word.split("=")[0] for word in words if word.startswith("--")]


def test_every_command_that_is_named_exists() -> None:
    seen = 0
    for page in PAGES:
        for words, options in commands_in(page):
            path = max((one for one in COMMANDS if one and f"{words} ".startswith(f"{one} ")), key=len, default=None)
            assert path is not None, f"{name_of(page)}: frontline {words}"
            assert path in LEAVES, f"{name_of(page)}: frontline {words} lacks a sub-command"
            known = {opt for parameter in LEAVES[path].params for opt in parameter.opts}
            assert set(options) <= known, f"{name_of(page)}: frontline {words}"
            seen += 1
    assert seen > 10


def test_the_readme_tells_of_every_command_and_only_of_its_options() -> None:
    table = rows("README.md", "## Commands")
    told = {cell for row in table for cell in coded(row[0])}
    assert {path for path in LEAVES if any(f"{cell} ".startswith(f"frontline {path} ") for cell in told)} == set(LEAVES)
    for (cell,), meaning in ((coded(row[0]), row[1]) for row in table):
        path = max((one for one in LEAVES if f"{cell} ".startswith(f"frontline {one} ")), key=len)
        known = {opt for parameter in LEAVES[path].params for opt in parameter.opts}
        assert {word for word in coded(meaning) if word.startswith("--")} <= known
