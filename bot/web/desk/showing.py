"""A case as the desk shows it to whoever asks."""

from __future__ import annotations

from aiohttp import web

from bot.errors import RequestRejected
from bot.handoff.desk import CaseView
from bot.storage.staff import Staff
from bot.web.desk.presenter import Presenter
from bot.web.desk.texts import texts
from bot.web.doors import DOORS


def presenter_for(request: web.Request, staff: Staff) -> Presenter:
    """Tells this staff member, in their language."""
    return Presenter(staff, request.app[DOORS].library, texts(staff.language))


async def view_of(request: web.Request, case_id: int) -> CaseView:
    """The case with this id; 404 where there is none."""
    view = await request.app[DOORS].desk.case(case_id)
    if view is None:
        raise RequestRejected("there is no such case", status=404)
    return view


def shown(request: web.Request, staff: Staff, view: CaseView) -> web.Response:
    """The case as JSON."""
    return web.json_response(presenter_for(request, staff).view(view))
