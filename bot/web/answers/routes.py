"""The public answers: a list by topic with search, and a page for each answer. Readable without an account, a cookie or a script."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp_jinja2
from aiohttp import web

from bot.channels.cleaning import clean
from bot.domain.answer import Answer
from bot.web.answers.reader import PAGE, PREVIEWED, Reader, Topic, replies_in_order
from bot.web.answers.structured import structured
from bot.web.doors import DOORS
from bot.web.languages import LANGUAGES, language_of

STATIC = Path(__file__).parent / "static"
MAX_QUERY = 200  # characters
MAX_FOUND = 20
SUGGESTED = 5


def setup_routes(app: web.Application) -> None:
    """Add the public answers to the application."""
    app.on_response_prepare.append(_let_it_be_checked)
    app.router.add_static("/static/answers/", STATIC)
    app.router.add_get("/answers", show_list)
    app.router.add_get("/answers/{slug}", show_answer)


async def show_list(request: web.Request) -> web.StreamResponse:
    """Search results for `?q=`, one topic for `?topic=`, else all topics."""
    reader, library = _reader(request), request.app[DOORS].library
    query = _words(request.query.get("q", ""))
    topics = reader.topics(library.all())
    topic = next((one for one in topics if one.key == request.query.get("topic")), None)
    found = library.search(query, reader.language)[:MAX_FOUND] if query else []
    if topic is not None and not query:
        pages = math.ceil(len(topic.answers) / PAGE)
        page = min(_page(request), pages)
        shown = Topic(topic.key, topic.title, topic.answers[(page - 1) * PAGE : page * PAGE])
        of_topic = {"topic": shown, "page": page, "pages": pages, "total": len(topic.answers)}
        return _render(request, reader, "answers_topic.html", of_topic)
    context = {"query": query, "found": found, "topics": topics, "previewed": PREVIEWED}
    return _render(request, reader, "answers.html", context)


async def show_answer(request: web.Request) -> web.StreamResponse:
    """One answer, like an article; a page that helps on where there is none."""
    reader, doors, slug = _reader(request), request.app[DOORS], request.match_info["slug"]
    item = doors.library.get(slug)
    if item is None:
        return _missing(request, reader, slug)
    written_in = reader.written_in(item)
    url = doors.settings.url(reader.path(item, written_in))
    context = {
        "item": item,
        "written_in": written_in,
        "canonical": url,
        "alternates": _alternates(request, reader, item),
        "replies": replies_in_order(item),
        "related": reader.related(item, doors.library.all()),
        "structured": structured(item, reader, url),
    }
    return _render(request, reader, "answer.html", context)


def _missing(request: web.Request, reader: Reader, slug: str) -> web.Response:
    """Search for the words of the address: it may be an old one."""
    words = _words(slug.replace("-", " "))
    found = request.app[DOORS].library.search(words, reader.language)[:SUGGESTED]
    return _render(request, reader, "answer_missing.html", {"query": words, "found": found}, status=404)


def _reader(request: web.Request) -> Reader:
    return Reader(language_of(request), request.app[DOORS].settings.company.address)


def _alternates(request: web.Request, reader: Reader, item: Answer) -> list[tuple[str, str]]:
    """(language, address) of the same answer in each of its languages, where there are several."""
    if len(item.texts) < 2:
        return []
    url = request.app[DOORS].settings.url
    return [(part.language, url(reader.path(item, part.language))) for part in item.texts]


def _words(text: str) -> str:
    return clean(text, MAX_QUERY)


def _page(request: web.Request) -> int:
    given = request.query.get("page", "1")
    return max(1, int(given)) if given.isascii() and given.isdigit() and len(given) < 7 else 1


def _render(
    request: web.Request, reader: Reader, template: str, context: dict[str, Any], *, status: int = 200
) -> web.Response:
    kept = {key: value for key, value in request.query.items() if key in ("q", "topic")}
    here = {language: f"{request.path}?{urlencode({**kept, 'language': language})}" for language in LANGUAGES}
    shared = {"language": reader.language, "reader": reader, "t": reader.t, "here": here, "query": ""}
    response = aiohttp_jinja2.render_template(template, request, {**shared, **context}, status=status)
    response.headers["Content-Language"] = reader.language
    response.headers["Vary"] = "Accept-Language"
    return response


async def _let_it_be_checked(request: web.Request, response: web.StreamResponse) -> None:
    """What is published is live within seconds, so nobody may keep a page without asking whether it is still right."""
    if request.path.startswith(("/answers", "/static/answers/")):
        response.headers.setdefault("Cache-Control", "no-cache")
