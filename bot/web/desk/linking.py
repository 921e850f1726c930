"""Agents say which conversations are one person's, and read them beside each other."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from bot.errors import RequestRejected
from bot.handoff.persons import Persons
from bot.web.bodies import read_json
from bot.web.desk.access import require_agent
from bot.web.desk.bodies import MAX_BODY, id_of, number_in
from bot.web.desk.plain import agent_at, plain_item, render_plain
from bot.web.desk.showing import shown, view_of
from bot.web.doors import DOORS


def setup_routes(app: web.Application) -> None:
    """Add linking to the application."""
    app.router.add_post("/desk/api/cases/{id}/link", link)
    app.router.add_post("/desk/api/cases/{id}/unlink", unlink)
    app.router.add_get("/desk/cases/{id}/linked/{other}", show_conversation)


async def link(request: web.Request) -> web.Response:
    """Read {case}: that case is of the same person."""
    staff, case_id = await require_agent(request), id_of(request)
    await view_of(request, case_id)
    other = number_in(await _body(request), "case")
    await _persons(request).link(case_id, other, staff.id)
    return shown(request, staff, await view_of(request, case_id))


async def unlink(request: web.Request) -> web.Response:
    """Read {conversation}: it is another person's after all."""
    staff, case_id = await require_agent(request), id_of(request)
    await view_of(request, case_id)
    other = number_in(await _body(request), "conversation")
    await _persons(request).unlink(case_id, other, staff.id)
    return shown(request, staff, await view_of(request, case_id))


async def show_conversation(request: web.Request) -> web.StreamResponse:
    """Another conversation of a case's person, to be read; back to the case from any other."""
    staff, case_id = await agent_at(request), id_of(request)
    items = await _persons(request).story(case_id, id_of(request, "other"))
    if items is None:
        raise web.HTTPSeeOther(f"/desk#case-{case_id}")
    context = {"case_id": case_id, "items": [plain_item(request, staff, item) for item in items]}
    return render_plain(request, staff, "linked_conversation.html", context)


def _persons(request: web.Request) -> Persons:
    doors = request.app[DOORS]
    return Persons(doors.store, doors.live)


async def _body(request: web.Request) -> dict[str, Any]:
    body = await read_json(request, MAX_BODY)
    if not isinstance(body, dict):
        raise RequestRejected("the body must be a JSON object")
    return body
