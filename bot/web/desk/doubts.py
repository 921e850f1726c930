"""Replies of which nobody knows whether they arrived: a list, and the conversation of each. Plain pages, to be read."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp_jinja2
from aiohttp import web
from markupsafe import Markup

from bot.channels.markup import to_html, to_plain
from bot.storage.staff import Staff
from bot.storage.transcript import Item
from bot.storage.uncertain import UncertainReply
from bot.web.auth import require_staff
from bot.web.desk.access import may_enter
from bot.web.desk.bodies import id_of
from bot.web.desk.texts import texts
from bot.web.doors import DOORS

_FORMATS = {"de": "%-d.%-m.%Y %H:%M", "en": "%-d %b %Y %H:%M"}
_EXCERPT = 300


def setup_routes(app: web.Application) -> None:
    """Add the list and the conversations to the application."""
    app.router.add_get("/desk/uncertain", show_list)
    app.router.add_get("/desk/uncertain/{id}", show_conversation)


async def show_list(request: web.Request) -> web.StreamResponse:
    """Every reply that may or may not have arrived, latest first."""
    staff = await _agent(request)
    found = await request.app[DOORS].desk.uncertain()
    return _render(request, staff, "uncertain.html", {"replies": [_line(request, staff, one) for one in found]})


async def show_conversation(request: web.Request) -> web.StreamResponse:
    """The conversation that such a reply belongs to; of others none is shown here."""
    staff = await _agent(request)
    items = await request.app[DOORS].desk.uncertain_conversation(id_of(request))
    if items is None:
        raise web.HTTPSeeOther("/desk/uncertain")
    return _render(request, staff, "uncertain_conversation.html", {"items": [_item(request, staff, i) for i in items]})


async def _agent(request: web.Request) -> Staff:
    staff = await require_staff(request)
    if not may_enter(staff):
        raise web.HTTPSeeOther("/desk")  # which says why not
    return staff


def _line(request: web.Request, staff: Staff, one: UncertainReply) -> dict[str, Any]:
    words = to_plain(one.text) if one.markdown else one.text
    where = f"/desk/uncertain/{one.conversation_id}" if one.case_id is None else f"/desk#case-{one.case_id}"
    who = one.customer or texts(staff.language)["uncertain.no_name"]
    return {
        "where": where,
        "who": f"{who} · {one.channel.capitalize()}",
        "text": words if len(words) <= _EXCERPT else f"{words[:_EXCERPT]}…",
        **_time(request, staff, one.at),
    }


def _item(request: web.Request, staff: Staff, item: Item) -> dict[str, Any]:
    t, ours = texts(staff.language), item.sender != "customer"
    gone = t["item.deleted"]
    return {
        "from": item.sender,
        "who": item.author or t[f"from.{item.sender}"],
        "text": gone if item.deleted else item.text,
        "html": Markup(to_html(item.text)) if ours and item.markdown else None,  # noqa: S704  # an allow-list of tags
        "files": [] if item.deleted else [t[f"attachment.{file['kind']}"] for file in item.attachments],
        "state": item.state,
        "state_text": t.get(f"reply.{item.state}", item.state) if ours else "",
        **_time(request, staff, item.at),
    }


def _time(request: web.Request, staff: Staff, at: datetime) -> dict[str, str]:
    local = at.astimezone(ZoneInfo(request.app[DOORS].settings.hours.timezone))
    shown = local.strftime(_FORMATS.get(staff.language, _FORMATS["de"]))
    return {"at": local.isoformat(timespec="seconds"), "time": shown}


def _render(request: web.Request, staff: Staff, template: str, context: dict[str, Any]) -> web.Response:
    shared = {"language": staff.language, "t": texts(staff.language)}
    return aiohttp_jinja2.render_template(template, request, {**shared, **context})
