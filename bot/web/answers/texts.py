"""The words of the public pages, and the language a reader gets them in."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal

import yaml
from aiohttp import web

from bot.domain.address import address

LANGUAGES = ("de", "en")
Form = Literal["du", "sie"]


@lru_cache(maxsize=8)
def texts(language: str, form: Form) -> dict[str, str]:
    """All texts in `language`, by key."""
    content = yaml.safe_load(Path(__file__).with_name("texts.yml").read_text(encoding="utf-8"))
    return {key: address(versions[language], form) for key, versions in content.items()}


def date_in(words: dict[str, str], at: datetime) -> str:
    """A day as readers write it: `9. Februar 2026`, `9 February 2026`."""
    return words["date"].format(day=at.day, month=words["months"].split()[at.month - 1], year=at.year)


def language_of(request: web.Request) -> str:
    """The language asked for: `?language=`, else what the browser prefers (RFC 9110), else German."""
    wished = request.query.get("language", "")
    if wished in LANGUAGES:
        return wished
    preferred = sorted(map(_preference, request.headers.get("Accept-Language", "")[:512].split(",")), reverse=True)
    return next((language for weight, _, language in preferred if weight > 0 and language in LANGUAGES), LANGUAGES[0])


def _preference(part: str) -> tuple[float, int, str]:
    """`en-GB;q=0.8` as (0.8, …, "en"). Of equal weights German, our first language, wins."""
    tag, _, weight = part.strip().partition(";q=")
    language = tag.strip()[:2].lower()
    try:
        return float(weight or 1), -LANGUAGES.index(language) if language in LANGUAGES else -len(LANGUAGES), language
    except ValueError:
        return 0.0, 0, language
