"""The words of the chat element, by language; the German ones in the company's form of address."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

import yaml

from bot.domain.address import address

LANGUAGES = ("de", "en")


@lru_cache(maxsize=8)
def texts(language: str, form: Literal["du", "sie"]) -> dict[str, str]:
    """All texts in `language` (the first of `LANGUAGES` where there are none), by key."""
    content = yaml.safe_load(Path(__file__).with_name("texts.yml").read_text(encoding="utf-8"))
    chosen = language if language in LANGUAGES else LANGUAGES[0]
    return {key: address(versions[chosen], form) for key, versions in content.items()}
