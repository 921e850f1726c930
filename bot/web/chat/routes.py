"""The doors of the web chat: the element and its parts for any page, and the API behind it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp_jinja2
from aiohttp import web

from bot.channels.webchat import MAX_MESSAGE, parse
from bot.domain.conversation import Conversation
from bot.errors import RequestRejected
from bot.web.address import sender_address
from bot.web.bodies import read_json
from bot.web.chat import socket, visits
from bot.web.chat.limits import Limits
from bot.web.chat.texts import LANGUAGES, texts
from bot.web.chat.views import look, state_view
from bot.web.doors import DOORS

STATIC = Path(__file__).parent / "static"
MAX_BODY = 64 * 1024
ANSWERED_AFTER = 10  # seconds in which some of what waits in a conversation may have been answered
LIMITS: web.AppKey[Limits] = web.AppKey("chat_limits", Limits)
SHARED_WITH_ALL = ("/chat.js", "/static/chat/", "/static/shared/")


def setup_routes(app: web.Application) -> None:
    """Add the chat to the application."""
    app[LIMITS] = Limits(app[DOORS].rates)
    app[socket.OPEN_ON] = socket.OpenOn()
    app[socket.PAGES] = pages = socket.chat_pages(app[DOORS])
    app.cleanup_ctx.append(pages.running)
    app.on_shutdown.append(pages.dismiss_all)
    app.on_response_prepare.append(_open_to_other_sites)
    app.router.add_static("/static/chat/", STATIC)
    app.router.add_get("/", demo)
    app.router.add_get("/chat.js", script)
    app.router.add_get("/accent.css", accent)
    app.router.add_get("/chat/api/config", config)
    app.router.add_post("/chat/api/start", start)
    app.router.add_post("/chat/api/messages", post_message)
    app.router.add_get("/chat/api/transcript", get_transcript)
    app.router.add_get("/chat/api/live", live)
    app.router.add_route("OPTIONS", "/chat/api/{door}", preflight)


# --- pages and scripts -----------------------------------------------------------------------------------


@aiohttp_jinja2.template("demo.html")
async def demo(request: web.Request) -> dict[str, Any]:
    """A page of the sample company, with the chat on it."""
    language = _language(request)
    return {"language": language, "t": texts(language, request.app[DOORS].settings.company.address)}


async def script(request: web.Request) -> web.Response:
    """One import. Its address is relative to this very script, so that it leads back here from any page."""
    body = 'import "./static/chat/frontline-chat.js";\n'
    return _checked(request, body, "text/javascript")


async def accent(request: web.Request) -> web.Response:
    """The operator's colour, for all pages."""
    colour = request.app[DOORS].settings.company.accent
    return _checked(request, f"@layer tokens {{ :root {{ --accent: {colour}; }} }}\n", "text/css")


def _checked(request: web.Request, body: str, content_type: str) -> web.Response:
    """A small text that browsers ask for each time, and get only when it has changed."""
    tag = hashlib.sha256(body.encode()).hexdigest()[:16]
    headers = {"Cache-Control": "no-cache", "ETag": f'"{tag}"'}
    if any(known.value == tag for known in request.if_none_match or ()):
        return web.Response(status=304, headers=headers)
    return web.Response(text=body, content_type=content_type, headers=headers)


# --- the API ---------------------------------------------------------------------------------------------


async def config(request: web.Request) -> web.Response:
    """Names, colour and all texts of the element in one language."""
    company = request.app[DOORS].settings.company
    language = _language(request)
    return web.json_response(
        {
            "company": company.name,
            "bot": company.bot_name,
            "accent": company.accent,
            "privacy_url": company.privacy_url,
            "max_message": MAX_MESSAGE,
            "language": language,
            "languages": list(LANGUAGES),
            "texts": texts(language, company.address),
        }
    )


async def start(request: web.Request) -> web.Response:
    """Begin a conversation."""
    await request.app[LIMITS].start(sender_address(request))
    body = await read_json(request, MAX_BODY)
    language = body.get("language") if isinstance(body, dict) else None
    if language not in LANGUAGES:
        raise RequestRejected(f"language must be one of {', '.join(LANGUAGES)}")
    token, chat = await visits.begin(request.app[DOORS].store, language)
    return web.json_response({"token": token, "conversation": chat}, status=201)


async def post_message(request: web.Request) -> web.Response:
    """Take a message; it is durable when this answers. The same client_id again is the same message."""
    doors = request.app[DOORS]
    doors.inbox.backlog.check()  # first of all: whoever is sent away for that has not used up anything
    conversation = await _conversation(request)
    await request.app[LIMITS].message(conversation.key.chat, sender_address(request))
    if not await doors.inbox.backlog.takes_more_of(conversation.id):
        reason = "so many of your messages are waiting for an answer that no more are taken in; try again in a moment"
        raise RequestRejected(reason, status=429, retry_after=ANSWERED_AFTER)
    event = parse(await read_json(request, MAX_BODY), conversation.key)
    accepted = await doors.inbox.accept([event])
    return web.json_response({"client_id": event.message_id, "position": accepted[0].position}, status=202)


async def get_transcript(request: web.Request) -> web.Response:
    """The items behind a position, and the state."""
    doors = request.app[DOORS]
    conversation = await _conversation(request)
    after = request.query.get("after", "0")
    if not (after.isascii() and after.isdigit() and len(after) < 16):
        raise RequestRejected("after must be a position: 0, 1, 2 …")
    seen = await doors.store.read(
        lambda connection: look(connection, conversation.id, int(after), doors.settings.company)
    )
    return web.json_response({"items": seen.items, "state": state_view(seen.state)})


async def live(request: web.Request) -> web.WebSocketResponse:
    """Tell news as it happens."""
    origin = request.headers.get("Origin")
    ours = (request.host, urlsplit(request.app[DOORS].settings.url("")).netloc)
    if origin and urlsplit(origin).netloc not in ours and not _allowed(request, origin):
        raise RequestRejected(
            "this site may not use the chat; the operator can allow it in web.chat_origins", status=403
        )
    await request.app[LIMITS].socket(sender_address(request))
    return await socket.serve(request)


async def preflight(request: web.Request) -> web.Response:
    """Tell a browser on another site what it may send; whether it may at all is said by `_open_to_other_sites`."""
    return web.Response(
        status=204,
        headers={
            "Access-Control-Allow-Methods": "GET, POST",
            "Access-Control-Allow-Headers": "Authorization, Content-Type",
            "Access-Control-Max-Age": "3600",
        },
    )


async def _open_to_other_sites(request: web.Request, response: web.StreamResponse) -> None:
    """Scripts and styles are for every site, the API for those the operator names. Errors too: a page must be able to read them."""
    if request.path.startswith(SHARED_WITH_ALL):
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        response.headers.setdefault("Cache-Control", "no-cache")
    elif request.path.startswith("/chat/api/"):
        response.headers["Vary"] = "Origin"
        response.headers["Cache-Control"] = "no-store"
        origin = request.headers.get("Origin")
        if origin and _allowed(request, origin):
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = "Retry-After"


def _allowed(request: web.Request, origin: str) -> bool:
    origins = request.app[DOORS].settings.web.chat_origins
    return "*" in origins or origin in origins


async def _conversation(request: web.Request) -> Conversation:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise RequestRejected("send the token as Authorization: Bearer …", status=401)
    return await visits.conversation_for(request.app[DOORS].store, token.strip())


def _language(request: web.Request) -> str:
    wished = request.query.get("language")
    if wished in LANGUAGES:
        return wished
    for part in request.headers.get("Accept-Language", "").split(","):
        if part.strip()[:2].lower() in LANGUAGES:
            return part.strip()[:2].lower()
    return LANGUAGES[0]
