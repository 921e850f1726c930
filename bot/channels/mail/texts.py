"""The words of the mails around what is said, by language; the German ones in the company's form of address."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import yaml

from bot.domain.address import Form, address

_FALLBACK = "de"


@lru_cache(maxsize=8)
def texts(language: str, form: Form) -> dict[str, str]:
    """All texts in `language` (German where there are none in it), by key."""
    content = yaml.safe_load(Path(__file__).with_name("texts.yml").read_text(encoding="utf-8"))
    return {key: address(versions.get(language, versions[_FALLBACK]), form) for key, versions in content.items()}
