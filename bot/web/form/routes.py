"""The contact form: a page, the same in a frame of other sites, and what is sent with it. Works without a script, and sets no cookie."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp_jinja2
from aiohttp import web

from bot.channels.files import ENDINGS, MOST_BYTES, MOST_FILES
from bot.channels.mail.identity import Identity, normalised, purpose
from bot.domain.address import address
from bot.errors import BacklogFull, StorageAway, StorageFull
from bot.web.address import sender_address
from bot.web.doors import DOORS
from bot.web.form.entry import MAX_MESSAGE, Entry, Problem, event_of
from bot.web.form.limits import wait_before
from bot.web.form.stamps import Stamps
from bot.web.form.texts import texts
from bot.web.form.uploads import read_upload
from bot.web.languages import LANGUAGES, language_of
from bot.web.policy import page_policy

STATIC = Path(__file__).parent / "static"
STAMPS: web.AppKey[Stamps] = web.AppKey("form_stamps", Stamps)
IDENTITY: web.AppKey[Identity] = web.AppKey("form_identity", Identity)
MEGABYTES = MOST_BYTES // 1024**2
_BACK = {"rate": 429, "away": 503}


def setup_routes(app: web.Application) -> None:
    """Add the contact form to the application."""
    mail = app[DOORS].settings.mail
    app[STAMPS] = Stamps(purpose(mail, "form"))
    app[IDENTITY] = Identity.of(mail)
    app.on_response_prepare.append(_for_other_sites)
    app.router.add_static("/static/form/", STATIC)
    app.router.add_get("/contact.js", script)
    app.router.add_get("/contact", show)
    app.router.add_post("/contact", send)
    app.router.add_get("/contact/sent", sent)


async def script(request: web.Request) -> web.Response:
    """The element for other pages. The import's address is relative to this script, so that it leads back here from any page."""
    return web.Response(text='import "./static/form/frontline-contact.js";\n', content_type="text/javascript")


async def show(request: web.Request) -> web.StreamResponse:
    """The form, empty."""
    if not _is_on(request):
        return _render(request, "form_off.html", {}, status=404)
    return _form(request, Entry(), [])


async def send(request: web.Request) -> web.StreamResponse:
    """Take a message; it is durable when this answers. What is wrong is said on the form, which keeps what was entered."""
    if not _is_on(request):
        return _render(request, "form_off.html", {}, status=404)
    upload = await read_upload(request)
    entry, topics = Entry.read(upload, request.app[DOORS].settings.form), _topics(request)
    stamp = request.app[STAMPS].read(upload.fields.get("stamp", ""))
    problems = entry.problems(topics, upload.problem)
    if stamp.problem and not problems:  # else that will have passed when those are mended
        problems = [Problem("", stamp.problem)]
    if problems:
        return _form(
            request, entry, problems, stamp=upload.fields["stamp"] if stamp.problem != "old" else "", status=422
        )
    doors = request.app[DOORS]
    wait = await wait_before(doors.rates, sender_address(request), normalised(entry.email))
    if wait > 0:
        return _form(request, entry, [Problem("", "rate")], stamp=upload.fields["stamp"], wait=wait, status=429)
    event = event_of(entry, stamp.name, request.app[IDENTITY], topics.get(entry.topic, ""), language_of(request))
    try:
        await doors.inbox.accept([event])
    except (BacklogFull, StorageAway, StorageFull):
        return _form(request, entry, [Problem("", "away")], stamp=upload.fields["stamp"], status=503)
    raise web.HTTPSeeOther("/contact/sent?" + urlencode({"reference": event.key.thread, **_kept(request)}))


async def sent(request: web.Request) -> web.StreamResponse:
    """What happens next, with the reference."""
    given = request.query.get("reference", "")[:64]
    if not _is_on(request) or not given or request.app[IDENTITY].references.find(given) != given:
        raise web.HTTPSeeOther(_start(request))
    return _render(request, "form_sent.html", {"reference": given})


def _is_on(request: web.Request) -> bool:
    settings = request.app[DOORS].settings
    return settings.form.enabled and settings.mail.is_on


def _topics(request: web.Request) -> dict[str, str]:
    """The topics of the published answers, with their titles."""
    doors, language = request.app[DOORS], language_of(request)
    form = doors.settings.company.address
    titles = {one.topic: address(one.topic_title(language), form) for one in doors.library.all()}
    return dict(sorted(titles.items(), key=lambda item: item[1].casefold()))


def _form(
    request: web.Request, entry: Entry, problems: list[Problem], *, stamp: str = "", wait: float = 0, status: int = 200
) -> web.Response:
    settings = request.app[DOORS].settings
    places = {"most": MOST_FILES, "megabytes": MEGABYTES, "minutes": max(1, math.ceil(wait / 60))}
    words = texts(language_of(request), settings.company.address)
    told = [(one.field, words[f"error.{one.text}"].format(**places, name=one.name)) for one in problems]
    context = {
        "entry": entry,
        "problems": told,
        "problem_of": dict(reversed(told)),
        "stamp": stamp or request.app[STAMPS].new(),
        "topics": _topics(request),
        "form": settings.form,
        "endings": ",".join(f".{ending}" for ending in ENDINGS),
        "max_message": MAX_MESSAGE,
        **places,
    }
    response = _render(request, "form.html", context, status=status)
    if status in _BACK.values():
        response.headers["Retry-After"] = str(max(1, math.ceil(wait or 60)))
    return response


def _render(request: web.Request, template: str, context: dict[str, Any], *, status: int = 200) -> web.Response:
    language, settings = language_of(request), request.app[DOORS].settings
    embedded = request.query.get("embed") == "1"
    here = {one: "/contact?" + urlencode({**_kept(request), "language": one}) for one in LANGUAGES}
    shared = {
        "language": language,
        "t": texts(language, settings.company.address),
        "embedded": embedded,
        "here": here,
        "start": _start(request),
    }
    response = aiohttp_jinja2.render_template(template, request, {**shared, **context}, status=status)
    response.headers["Content-Language"] = language
    response.headers["Vary"] = "Accept-Language"
    response.headers["Cache-Control"] = "no-store"
    if embedded:
        response.headers["Content-Security-Policy"] = page_policy(framed_by=settings.web.chat_origins)
    return response


def _start(request: web.Request) -> str:
    """Where the form is, as the reader has it: language, and whether in a frame."""
    kept = urlencode(_kept(request))
    return f"/contact?{kept}" if kept else "/contact"


def _kept(request: web.Request) -> dict[str, str]:
    """What of the address stays from page to page."""
    return {name: value for name, value in request.query.items() if name in ("language", "embed") and len(value) < 8}


async def _for_other_sites(request: web.Request, response: web.StreamResponse) -> None:
    """The element's script is for every site; which may show the form in a frame is said by the form itself."""
    if request.path.startswith(("/contact.js", "/static/form/")):
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        response.headers.setdefault("Cache-Control", "no-cache")
