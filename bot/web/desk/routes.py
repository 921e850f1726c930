"""The desk: its page, its API, and the staff's way in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp_jinja2
from aiohttp import web

from bot.domain.handoff import CaseState
from bot.domain.reading import URGENT_REASONS
from bot.errors import StorageConflict
from bot.handoff.desk import MAX_REPLY
from bot.handoff.place import Revealing
from bot.storage.staff import Staff
from bot.web.auth import require_staff
from bot.web.desk import correcting, doubts, files, linking, live, plain_cases, settling, signing_in
from bot.web.desk.access import may_enter, require_agent
from bot.web.desk.bodies import id_of, reply_body
from bot.web.desk.showing import presenter_for, shown, view_of
from bot.web.desk.texts import LANGUAGES, reason_in, texts
from bot.web.doors import DOORS
from bot.web.forgery import session_token
from bot.web.policy import page_policy

STATIC = Path(__file__).parent / "static"


def setup_routes(app: web.Application) -> None:
    """Add signing in and the desk to the application."""
    signing_in.setup_routes(app)
    doubts.setup_routes(app)
    settling.setup_routes(app)
    correcting.setup_routes(app)
    linking.setup_routes(app)
    plain_cases.setup_routes(app)
    files.setup_routes(app)
    app[live.PAGES] = pages = live.DeskPages(app[DOORS])
    app.cleanup_ctx.extend((pages.running, pages.telling))
    app.on_shutdown.append(pages.dismiss_all)
    app.on_response_prepare.append(_keep_private)
    app.router.add_static("/static/desk/", STATIC)
    app.router.add_get("/desk", page)
    app.router.add_get("/desk/api/queue", queue)
    app.router.add_get("/desk/api/live", live.serve)
    app.router.add_get("/desk/api/cases/{id}", case)
    app.router.add_post("/desk/api/cases/{id}/claim", claim)
    app.router.add_post("/desk/api/cases/{id}/reply", reply)
    app.router.add_post("/desk/api/cases/{id}/resolve", resolve)
    app.router.add_post("/desk/api/cases/{id}/back", give_back)


async def page(request: web.Request) -> web.StreamResponse:
    """The desk; a plain word for those who have no business there."""
    staff = await require_staff(request)
    context = {
        "language": staff.language,
        "languages": LANGUAGES,
        "t": texts(staff.language),
        "staff": staff,
        "csrf": await session_token(request),
        "max_reply": MAX_REPLY,
        "reasons": {level.word: reasons for level, reasons in URGENT_REASONS.items()},
    }
    if not may_enter(staff):
        return aiohttp_jinja2.render_template("no_entry.html", request, context, status=403)
    return aiohttp_jinja2.render_template("desk.html", request, context)


async def queue(request: web.Request) -> web.Response:
    """Open cases in the order they are to be served, and those closed last."""
    presenter = presenter_for(request, await require_agent(request))
    desk = request.app[DOORS].desk
    open_cases, closed = await desk.queue()
    return web.json_response(
        {
            "cases": [presenter.row(case) for case in open_cases],
            "closed": [presenter.row(case) for case in closed],
            "uncertain": await desk.uncertain_count(),
            "me": presenter.me(),
        }
    )


async def case(request: web.Request) -> web.Response:
    """One case with its conversation."""
    staff = await require_agent(request)
    return shown(request, staff, await view_of(request, id_of(request)))


async def claim(request: web.Request) -> web.Response:
    """Take a case: from then on the bot is silent in its conversation."""
    return await _act(request, request.app[DOORS].desk.claim)


async def resolve(request: web.Request) -> web.Response:
    """The matter is settled."""
    return await _act(request, request.app[DOORS].desk.resolve)


async def give_back(request: web.Request) -> web.Response:
    """The bot goes on with it."""
    return await _act(request, request.app[DOORS].desk.give_back)


async def reply(request: web.Request) -> web.Response:
    """Send a reply; it is durable when this answers. The same client_id again is the same reply."""
    staff, case_id = await require_agent(request), id_of(request)
    body = await reply_body(request)
    try:
        await request.app[DOORS].desk.reply(
            case_id, staff.id, staff.name, body.text, body.client_id, confirmed=body.confirmed
        )
    except Revealing as found:
        t = texts(staff.language)
        what = ", ".join(t[f"personal.{kind}"] for kind in found.kinds)
        return web.json_response({"error": t["conflict.revealing"].format(what=what), "confirm": True}, status=409)
    except StorageConflict as conflict:
        return await _refused(request, staff, case_id, conflict)
    return web.json_response({"client_id": body.client_id}, status=202)


async def _act(request: web.Request, act: Callable[[int, int], Awaitable[None]]) -> web.Response:
    staff, case_id = await require_agent(request), id_of(request)
    try:
        await act(case_id, staff.id)
    except StorageConflict as conflict:
        return await _refused(request, staff, case_id, conflict)
    return shown(request, staff, await view_of(request, case_id))


async def _refused(request: web.Request, staff: Staff, case_id: int, conflict: StorageConflict) -> web.Response:
    """Say in the agent's language what is in the way, by what the case is now."""
    row, t = (await view_of(request, case_id)).case, texts(staff.language)
    if not row.state.is_open:
        error = t["conflict.closed"]
    elif row.state is CaseState.WAITING or row.staff_id is None:
        error = t["conflict.claim_first"]
    elif row.staff_id != staff.id:
        error = t["conflict.held"].format(name=row.staff_name)
    else:
        error = reason_in(t, conflict.reason)
    return web.json_response({"error": error, "staff": row.staff_name}, status=409)


async def _keep_private(request: web.Request, response: web.StreamResponse) -> None:
    """Neither browsers nor proxies keep what staff see; files of ours are asked for anew only when they changed. Pages play what customers sent."""
    if request.path.startswith("/static/desk/"):
        response.headers.setdefault("Cache-Control", "no-cache")
    elif request.path.startswith(("/desk", "/sign-in")):
        response.headers["Cache-Control"] = "no-store"
        response.headers.setdefault("Content-Security-Policy", page_policy(plays=request.path.startswith("/desk")))
