"""Plain pages of the desk, which need no script: what they are made of."""

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
from bot.web.auth import require_staff
from bot.web.desk.access import may_enter
from bot.web.desk.attached import attached
from bot.web.desk.texts import details_in, reason_in, texts
from bot.web.doors import DOORS

_NAMED = 80  # characters of a reply that name it
_FORMATS = {"de": "%-d.%-m.%Y %H:%M", "en": "%-d %b %Y %H:%M"}


async def agent_at(request: web.Request) -> Staff:
    """The agent who looks at a page; whoever else is signed in is sent to the desk, which says why not."""
    staff = await require_staff(request)
    if not may_enter(staff):
        raise web.HTTPSeeOther("/desk")
    return staff


def plain_item(request: web.Request, staff: Staff, item: Item) -> dict[str, Any]:
    """One line of a conversation."""
    t, ours = texts(staff.language), item.sender != "customer"
    gone = t["item.deleted"]
    state = [t.get(f"reply.{item.state}", item.state), reason_in(t, item.state_reason)] if ours else []
    return {
        "id": item.id,
        "from": item.sender,
        "who": item.author or t[f"from.{item.sender}"],
        "text": gone if item.deleted else item.text,
        "html": Markup(to_html(item.text)) if ours and item.markdown else None,  # noqa: S704  # an allow-list of tags
        "files": [] if item.deleted else [attached(t, one) for one in item.attachments],
        "details": [] if item.deleted else details_in(t, item.details),
        "state": item.state,
        "state_text": ": ".join(filter(None, state)),
        "excerpt": plain_words(item.text, item.markdown),
        "uncertain_since": item.uncertain_since.isoformat() if item.uncertain_since else None,
        **plain_time(request, staff, item.at),
    }


def plain_words(text: str, markdown: bool, length: int = _NAMED) -> str:
    """The first words of a reply, without its markup."""
    words = to_plain(text) if markdown else text
    return words if len(words) <= length else f"{words[:length]}…"


def plain_time(request: web.Request, staff: Staff, at: datetime) -> dict[str, str]:
    """A time for people, and for machines."""
    local = at.astimezone(ZoneInfo(request.app[DOORS].settings.hours.timezone))
    shown = local.strftime(_FORMATS.get(staff.language, _FORMATS["de"]))
    return {"at": local.isoformat(timespec="seconds"), "time": shown}


def render_plain(request: web.Request, staff: Staff, template: str, context: dict[str, Any]) -> web.Response:
    """A page in the staff member's language."""
    shared = {"language": staff.language, "t": texts(staff.language)}
    return aiohttp_jinja2.render_template(template, request, {**shared, **context})
