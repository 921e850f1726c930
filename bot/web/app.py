"""The web application: middlewares, rooms, static files."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import aiohttp_jinja2
import jinja2
import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.channels.base import Request, Webhook
from bot.errors import BacklogFull, RequestRejected, StorageAway, StorageConflict, StorageFull
from bot.storage.secrets import shared_secret
from bot.web import answers, auth, chat, desk, form, metrics
from bot.web.bodies import LARGE_BODIES, MAX_FORM, LargeBodies, await_bodies, bound_bodies, read_body
from bot.web.doors import DOORS, Doors
from bot.web.forgery import FORM_TOKENS, FormTokens
from bot.web.listening import SERVER
from bot.web.policy import page_policy

HERE = Path(__file__).parent
ROOMS = (chat, desk, answers, form, metrics)
WEBHOOKS = "/webhooks/"
STORAGE_BACK, ROOM_AGAIN = 60, 10  # seconds after which it is worth asking again
_NOT_OF_STAFF = (WEBHOOKS, "/chat/api/", "/contact", "/metrics")  # vendors sign, chats and scrapers show a token
_LOG = structlog.get_logger()

SECURITY_HEADERS = {
    "Content-Security-Policy": page_policy(),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


@web.middleware
async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn our errors into answers a sender understands. What we did not foresee is logged and told as nothing but 500."""
    try:
        return await handler(request)
    except RequestRejected as error:
        return _refused(error.reason, error.status, error.retry_after)
    except StorageConflict as error:
        return web.json_response({"error": error.reason}, status=409)
    except BacklogFull as error:
        return _refused(str(error), 503, ROOM_AGAIN, crowded=True)
    except (StorageAway, StorageFull):
        return _refused("try again in a minute", 503, STORAGE_BACK)
    except web.HTTPException:
        raise
    except Exception:
        _LOG.exception("request.failed", method=request.method, path=request.path)
        return web.json_response({"error": "something went wrong on our side"}, status=500)


def _refused(reason: str, status: int, retry_after: int | None, **more: bool) -> web.Response:
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return web.json_response({"error": reason, **more}, status=status, headers=headers)


def _for_staff(*middlewares: Middleware) -> Middleware:
    """These middlewares, one in the other, for all but those who never have a session: they come by the thousand."""

    @web.middleware
    async def apply(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith(_NOT_OF_STAFF):
            for middleware in reversed(middlewares):
                handler = partial(middleware, handler=handler)
        return await handler(request)

    return apply


async def _secure(request: web.Request, response: web.StreamResponse) -> None:
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["Server"] = SERVER


async def _health(request: web.Request) -> web.Response:
    up, all_ = request.app[DOORS].rasa_up()
    return web.json_response({"status": "up", "rasa": up > 0, "rasa_processes": {"up": up, "all": all_}})


async def _sign_forms(app: web.Application, *, secure: bool) -> None:
    key = await app[DOORS].store.write(lambda connection: shared_secret(connection, "sign_in_form"))
    app[FORM_TOKENS] = FormTokens(key, secure=secure)


def build_app(doors: Doors, webhooks: list[Webhook]) -> web.Application:
    """The whole web side over `doors`, with a door under `/webhooks/` for each vendor that calls us."""
    secure = doors.settings.web.secure_cookies
    if secure is None:
        secure = doors.settings.url("").startswith("https:")
    for_staff = _for_staff(*auth.middlewares(doors.store, secure=secure))
    app = web.Application(middlewares=[answer_errors, bound_bodies, await_bodies, for_staff], client_max_size=MAX_FORM)
    app[DOORS] = doors
    app[LARGE_BODIES] = LargeBodies()
    app.on_startup.append(partial(_sign_forms, secure=secure))
    templates = [HERE / "templates", *(HERE / room.__name__.rpartition(".")[2] / "templates" for room in ROOMS)]
    aiohttp_jinja2.setup(
        app, loader=jinja2.FileSystemLoader([str(folder) for folder in templates]), autoescape=True, enable_async=False
    )
    aiohttp_jinja2.get_env(app).globals.update(company=doors.settings.company)
    app.router.add_static("/static/shared/", HERE / "static")
    for room in ROOMS:
        room.routes.setup_routes(app)
    for webhook in webhooks:
        app.router.add_route("*", WEBHOOKS + webhook.path, _answering(webhook))
    app.router.add_get("/healthz", _health)
    app.on_response_prepare.append(_secure)
    return app


def build_signs_app(doors: Doors) -> web.Application:
    """For a process that has no doors: it only tells how it is."""
    app = web.Application(middlewares=[answer_errors])
    app[DOORS] = doors
    app.router.add_get("/healthz", _health)
    metrics.routes.setup_routes(app)
    return app


def _answering(webhook: Webhook) -> Handler:
    async def receive(request: web.Request) -> web.StreamResponse:
        """Verify, translate, commit, and only then say 200."""
        received = Request(request.method, request.headers, request.query, await read_body(request, webhook.max_body))
        greeting = webhook.greet(received)
        if greeting is not None:
            return web.Response(text=greeting.text, content_type=greeting.media_type)
        webhook.verify(received)
        events = webhook.parse(received)
        await request.app[DOORS].inbox.accept(events)
        webhook.accepted(events)
        return web.Response()

    return receive
