"""The words of the contact form."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import yaml

from bot.domain.address import Form, address


@lru_cache(maxsize=8)
def texts(language: str, form: Form) -> dict[str, str]:
    """All texts in `language`, by key."""
    content = yaml.safe_load(Path(__file__).with_name("texts.yml").read_text(encoding="utf-8"))
    return {key: address(versions[language], form) for key, versions in content.items()}
