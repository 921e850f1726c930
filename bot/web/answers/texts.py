"""The words of the public pages."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal

import yaml

from bot.domain.address import address

Form = Literal["du", "sie"]


@lru_cache(maxsize=8)
def texts(language: str, form: Form) -> dict[str, str]:
    """All texts in `language`, by key."""
    content = yaml.safe_load(Path(__file__).with_name("texts.yml").read_text(encoding="utf-8"))
    return {key: address(versions[language], form) for key, versions in content.items()}


def date_in(words: dict[str, str], at: datetime) -> str:
    """A day as readers write it: `9. Februar 2026`, `9 February 2026`."""
    return words["date"].format(day=at.day, month=words["months"].split()[at.month - 1], year=at.year)
