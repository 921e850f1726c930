"""Requests that another site makes a browser send: each changing request of staff carries a token that such a site cannot know."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from aiohttp import web
from aiohttp.typedefs import Handler
from aiohttp_session import get_session

from bot.web.bodies import read_form

_SIGN_IN = "/sign-in"


class FormTokens:
    """Tokens of the sign-in form, whose visitors have no session: the browser holds one in a cookie and sends it again with the form.

    Only tokens signed here are taken (OWASP: signed double-submit cookie), and none is kept: looking at the form costs the database
    nothing, however often somebody does. All processes of a database share the key: a form of one is taken by any other.
    """

    def __init__(self, key: str, *, secure: bool) -> None:
        self._key = key.encode()
        self._secure = secure
        # With this prefix a browser takes the cookie from this very host over https alone: a sibling site cannot plant one.
        self._cookie = "__Host-frontline_sign_in" if secure else "frontline_sign_in"

    def held(self, request: web.Request) -> str:
        """The token in the request's cookie; empty if there is none, or none that was signed here."""
        token = request.cookies.get(self._cookie, "")
        nonce, _, signature = token.partition(".")
        return token if _same(signature, self._signature(nonce)) else ""

    def token_for(self, request: web.Request) -> str:
        """The token for a form that is about to be shown: the one the browser holds, so that a second tab leaves the first its own."""
        nonce = secrets.token_urlsafe(24)
        return self.held(request) or f"{nonce}.{self._signature(nonce)}"

    def hand_out(self, response: web.StreamResponse, token: str) -> None:
        """Have the browser hold `token` until it is closed."""
        response.set_cookie(self._cookie, token, path="/", secure=self._secure, httponly=True, samesite="Lax")

    def _signature(self, nonce: str) -> str:
        return hmac.new(self._key, _bytes(nonce), hashlib.sha256).hexdigest()


FORM_TOKENS: web.AppKey[FormTokens] = web.AppKey("form_tokens", FormTokens)


def new_session_token() -> str:
    """What a session that begins keeps as `csrf`."""
    return secrets.token_urlsafe(24)


async def session_token(request: web.Request) -> str:
    """The token that forms and scripts of this session must send along; KeyError where nobody is signed in."""
    return str((await get_session(request))["csrf"])


@web.middleware
async def guard_against_forgery(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse a changing request without its token, in a header or a form field: 403. Sessions keep theirs (OWASP: synchroniser token)."""
    guarded = request.path.startswith("/desk/") or request.path in (_SIGN_IN, "/sign-out")
    if request.method == "POST" and guarded:
        sent = request.headers.get("X-CSRF-Token") or (await read_form(request)).get("csrf", "")
        expected = await _expected(request)
        if not expected or not _same(sent, expected):
            raise web.HTTPForbidden(text="This page is too old. Load it again and repeat what you did.")
    return await handler(request)


async def _expected(request: web.Request) -> str:
    if request.path == _SIGN_IN:
        return request.app[FORM_TOKENS].held(request)
    return str((await get_session(request)).get("csrf", ""))


def _same(sent: str, expected: str) -> bool:
    return hmac.compare_digest(_bytes(sent), _bytes(expected))


def _bytes(text: str) -> bytes:
    return text.encode(
        errors="surrogatepass"
    )  # aiohttp hands bytes of a header that are no UTF-8 over as lone surrogates
