"""The words of the staff pages, in the language of whoever reads them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import yaml
from aiohttp import web

LANGUAGES = ("de", "en")


@lru_cache(maxsize=len(LANGUAGES))
def texts(language: str) -> dict[str, str]:
    """All texts in `language` (the first of `LANGUAGES` where there are none), by key."""
    content = yaml.safe_load(Path(__file__).with_name("texts.yml").read_text(encoding="utf-8"))
    chosen = language if language in LANGUAGES else LANGUAGES[0]
    return {key: versions[chosen] for key, versions in content.items()}


def reason_in(t: dict[str, str], reason: str) -> str:
    """Why a message or a reply is in its state: in the words of `t`, with the name that may stand behind a colon; else as a channel said it."""
    what, _, name = reason.partition(": ")
    known = t.get(f"why.{what}")
    return reason if known is None else known.format(name=name)


def details_in(t: dict[str, str], details: dict[str, str]) -> list[dict[str, str]]:
    """What came with a message, each with its label. A detail without a text is one of an older version's."""
    return [
        {"label": t[f"detail.{kind}"], "text": t.get(f"detail.{kind}.{said}", said)}
        for kind, said in details.items()
        if f"detail.{kind}" in t
    ]


def wished_language(request: web.Request) -> str:
    """The language of somebody we do not know yet: `?language=`, else the browser's first that we speak."""
    wished = [request.query.get("language", ""), *request.headers.get("Accept-Language", "").split(",")]
    known = (part.strip()[:2].lower() for part in wished)
    return next((language for language in known if language in LANGUAGES), LANGUAGES[0])
