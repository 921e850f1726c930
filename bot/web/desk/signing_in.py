"""Signing in and out. Whatever goes wrong, the page never tells which part of it was wrong."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from http import HTTPStatus

import aiohttp_jinja2
from aiohttp import web

from bot.storage.staff import set_language
from bot.web import auth
from bot.web.address import network, sender_address
from bot.web.bodies import read_form
from bot.web.desk.attempts import Attempts
from bot.web.desk.texts import LANGUAGES, texts, wished_language
from bot.web.doors import DOORS
from bot.web.forgery import FORM_TOKENS

ATTEMPTS: web.AppKey[Attempts] = web.AppKey("sign_in_attempts", Attempts)
HOME = "/desk"
MAX_LOGIN = 64
MAX_PASSWORD = 1024
_NOT_TYPED = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_OWN_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]*")  # one slash, then printable ASCII without backslash


def setup_routes(app: web.Application) -> None:
    """Add signing in to the application."""
    app[ATTEMPTS] = Attempts(app[DOORS].rates)
    app.on_response_prepare.append(_let_open_desks_notice)
    app.router.add_get("/sign-in", show_form)
    app.router.add_post("/sign-in", sign_in)
    app.router.add_post("/sign-out", sign_out)
    app.router.add_post("/desk/language", choose_language)


def own_path(wished: str) -> str:
    """`wished` if it leads to a page of ours, else the desk: nobody is sent to another site from here."""
    return wished if _OWN_PATH.fullmatch(wished) else HOME


async def show_form(request: web.Request) -> web.StreamResponse:
    """The form; whoever is signed in already goes on."""
    if await auth.staff_of(request) is not None:
        raise web.HTTPSeeOther(own_path(request.query.get("next", HOME)))
    return _form(request, next_=request.query.get("next", HOME))


async def sign_in(request: web.Request) -> web.StreamResponse:
    """Begin a session, or say that it did not work."""
    form = await read_form(request)
    login, password, next_ = (
        _field(form, "login", MAX_LOGIN),
        _field(form, "password", MAX_PASSWORD),
        _field(form, "next"),
    )
    address = network(sender_address(request) or request.remote)
    attempts = request.app[ATTEMPTS]
    wait = await attempts.begin(address, login)
    if wait:
        minutes = math.ceil(wait / 60)
        response = _form(request, error="too_often", minutes=minutes, next_=next_, login=login, status=429)
        response.headers["Retry-After"] = str(math.ceil(wait))
        return response
    if await auth.sign_in(request, login, password) is None:
        return _form(request, error="wrong", next_=next_, login=login, status=401)
    await attempts.succeeded(address, login)
    raise web.HTTPSeeOther(own_path(next_))


def _field(form: Mapping[str, str], name: str, limit: int = 2048) -> str:
    """A text field; empty where it is missing, too long, or holds what no keyboard types."""
    value = form.get(name, "")
    return value if len(value) <= limit and not _NOT_TYPED.search(value) else ""


async def sign_out(request: web.Request) -> web.StreamResponse:
    """End the session."""
    await auth.sign_out(request)
    raise web.HTTPSeeOther("/sign-in")


async def _let_open_desks_notice(request: web.Request, response: web.StreamResponse) -> None:
    """Told once the answer is about to leave: only then is the session gone from the store."""
    if request.path == "/sign-out" and response.status == HTTPStatus.SEE_OTHER:
        request.app[DOORS].live.tell("desk", "session")


async def choose_language(request: web.Request) -> web.StreamResponse:
    """The staff member's own pages in another language."""
    staff = await auth.require_staff(request)
    language = _field(await read_form(request), "language")
    if language in LANGUAGES:
        await request.app[DOORS].store.write(lambda connection: set_language(connection, staff.id, language))
    raise web.HTTPSeeOther(HOME)


def _form(
    request: web.Request, *, next_: str, error: str = "", minutes: int = 0, login: str = "", status: int = 200
) -> web.Response:
    language, tokens = wished_language(request), request.app[FORM_TOKENS]
    token = tokens.token_for(request)
    context = {
        "language": language,
        "languages": LANGUAGES,
        "t": texts(language),
        "csrf": token,
        "next": own_path(next_),
        "login": login,
        "error": error,
        "minutes": minutes,
    }
    response = aiohttp_jinja2.render_template("sign_in.html", request, context, status=status)
    tokens.hand_out(response, token)
    response.headers["Cache-Control"] = "no-store"
    return response
