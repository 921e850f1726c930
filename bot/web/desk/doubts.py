"""Replies of which nobody knows whether they arrived: a list, and the conversation of each. Plain pages, where they can be settled."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from bot.storage.staff import Staff
from bot.storage.uncertain import UncertainReply
from bot.web.desk.bodies import id_of
from bot.web.desk.plain import agent_at, plain_item, plain_time, plain_words, render_plain
from bot.web.desk.settling import LIST, settling_context
from bot.web.desk.texts import texts
from bot.web.doors import DOORS

_EXCERPT = 300


def setup_routes(app: web.Application) -> None:
    """Add the list and the conversations to the application."""
    app.router.add_get("/desk/uncertain", show_list)
    app.router.add_get("/desk/uncertain/{id}", show_conversation)


async def show_list(request: web.Request) -> web.StreamResponse:
    """Every reply that may or may not have arrived, latest first."""
    staff = await agent_at(request)
    found = await request.app[DOORS].desk.uncertain()
    context = {"replies": [_line(request, staff, one) for one in found]}
    return render_plain(request, staff, "uncertain.html", {**context, **await settling_context(request, staff)})


async def show_conversation(request: web.Request) -> web.StreamResponse:
    """The conversation that such a reply belongs to; of others none is shown here."""
    staff = await agent_at(request)
    items = await request.app[DOORS].desk.uncertain_conversation(id_of(request))
    if items is None:
        raise web.HTTPSeeOther(request.rel_url.with_path(LIST).with_query(request.query))
    context = {"items": [plain_item(request, staff, item) for item in items], **await settling_context(request, staff)}
    return render_plain(request, staff, "uncertain_conversation.html", context)


def _line(request: web.Request, staff: Staff, one: UncertainReply) -> dict[str, Any]:
    where = f"/desk/uncertain/{one.conversation_id}" if one.case_id is None else f"/desk#case-{one.case_id}"
    t = texts(staff.language)
    who = one.customer or t["uncertain.no_name"]
    return {
        "where": where,
        "who": f"{who} · {t.get(f'channel.{one.channel}', one.channel)}",
        "id": one.id,
        "text": plain_words(one.text, one.markdown, _EXCERPT),
        "excerpt": plain_words(one.text, one.markdown),
        "uncertain_since": one.at.isoformat(),
        **plain_time(request, staff, one.at),
    }
