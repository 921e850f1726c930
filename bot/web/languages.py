"""The language in which somebody reads a page."""

from __future__ import annotations

from aiohttp import web

LANGUAGES = ("de", "en")


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
