"""Agents settle what became of a reply that may have arrived: send it again, or it arrived. At the desk, and by forms of the plain pages."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, NoReturn

from aiohttp import web

from bot.domain.reply import ReplyState
from bot.errors import StorageConflict
from bot.storage.staff import Staff
from bot.web.bodies import read_form
from bot.web.desk.access import require_agent
from bot.web.desk.bodies import id_of, since_body, since_of
from bot.web.desk.texts import texts
from bot.web.doors import DOORS
from bot.web.forgery import session_token

LIST = "/desk/uncertain"
_PAGES = re.compile(r"/desk/(uncertain(/[0-9]{1,18})?|cases/[0-9]{1,18})")
_ID = re.compile(r"[0-9]{1,18}")
Settle = Callable[[int, int, datetime], Awaitable[None]]


def setup_routes(app: web.Application) -> None:
    """Add both ways to settle a reply to the application, for scripts and for forms."""
    app.router.add_post("/desk/api/replies/{id}/send-again", send_again)
    app.router.add_post("/desk/api/replies/{id}/arrived", it_arrived)
    app.router.add_post("/desk/replies/{id}/send-again", send_again_by_form)
    app.router.add_post("/desk/replies/{id}/arrived", it_arrived_by_form)


async def send_again(request: web.Request) -> web.Response:
    """Send a reply once more; the answer tells what becomes of it."""
    return await _settle(request, request.app[DOORS].desk.send_again)


async def it_arrived(request: web.Request) -> web.Response:
    """Say that a reply has arrived."""
    return await _settle(request, request.app[DOORS].desk.it_arrived)


async def send_again_by_form(request: web.Request) -> web.Response:
    """The same for a form, which leads back to its page."""
    await _settle_by_form(request, request.app[DOORS].desk.send_again)


async def it_arrived_by_form(request: web.Request) -> web.Response:
    """The same for a form, which leads back to its page."""
    await _settle_by_form(request, request.app[DOORS].desk.it_arrived)


async def settling_context(request: web.Request, staff: Staff) -> dict[str, Any]:
    """What a plain page needs to have forms that settle replies, and to tell (`?settled=`) what became of the one settled last."""
    settled = request.query.get("settled", "")
    told = await _told(request, staff, int(settled)) if _ID.fullmatch(settled) else ""
    return {"csrf": await session_token(request), "back": request.path, "told": told}


async def _settle(request: web.Request, settle: Settle) -> web.Response:
    staff, reply_id = await require_agent(request), id_of(request)
    since = await since_body(request)
    try:
        await settle(reply_id, staff.id, since)
    except StorageConflict:
        return web.json_response({"error": await _told(request, staff, reply_id)}, status=409)
    return web.json_response({"told": await _told(request, staff, reply_id)})


async def _settle_by_form(request: web.Request, settle: Settle) -> NoReturn:
    staff, reply_id = await require_agent(request), id_of(request)
    form = await read_form(request)
    with contextlib.suppress(StorageConflict):  # the page that follows tells who was faster
        await settle(reply_id, staff.id, since_of(form))
    back = form.get("back", "")
    raise web.HTTPSeeOther(f"{back if _PAGES.fullmatch(back) else LIST}?settled={reply_id}")


async def _told(request: web.Request, staff: Staff, reply_id: int) -> str:
    """What became of a reply, and where that was not this person's word, whose it was."""
    t, said = texts(staff.language), await request.app[DOORS].desk.settled(reply_id)
    if said is None:
        return t["settled.not"]
    if said.state is ReplyState.FAILED:
        return t["settled.blocked"]
    word = said.word.removeprefix("reply.")
    return t[f"settled.{word}"] if said.staff_id == staff.id else t[f"settled.by.{word}"].format(name=said.staff_name)
