"""Links lead somewhere, and every page and every channel is found."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest

import bot.channels
from bot.channels.base import Channel
from tests.docs.pages import DOCS, PAGES, name_of, read

IMAGES = DOCS / "images"


def channels() -> set[str]:
    """The names of all channels in `bot.channels`."""
    modules = [
        importlib.import_module(f"bot.channels.{one.name}") for one in pkgutil.iter_modules(bot.channels.__path__)
    ]
    found = {thing for module in modules for thing in vars(module).values() if inspect.isclass(thing)}
    return {str(one.name) for one in found if issubclass(one, Channel) and not inspect.isabstract(one)}


def test_every_channel_has_a_page() -> None:
    pages = {name.partition("_")[0] for name in channels()}  # x_direct stands on the page of x
    assert {page.stem for page in (DOCS / "channels").glob("*.md")} == pages | {
        "form"
    }  # whose messages are the mail channel's
    assert len(channels()) >= 2


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"(?m)^#+ (.+)$", page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_relative_links_lead_somewhere(page: Path) -> None:
    prose = re.sub(r"```.*?```", "", read(page), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", prose):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if IMAGES in file.parents and not IMAGES.exists():  # `make screenshots` has not been run yet
            continue
        assert file.exists(), target
        assert not anchor or anchor in anchors(file), target


def test_every_page_is_linked_from_the_readme() -> None:
    linked = set(re.findall(r"\]\(([^)\s]+\.md)\)", read("README.md")))
    assert {name_of(page) for page in PAGES[1:]} == linked
