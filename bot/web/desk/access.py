"""Who may come to the desk: agents and admins. Editors work here too, but do not read customers' conversations."""

from __future__ import annotations

from aiohttp import web

from bot.errors import RequestRejected
from bot.storage.staff import Staff
from bot.web.auth import require_staff

ROLES = ("agent", "admin")


def may_enter(staff: Staff) -> bool:
    """Whether this role works on cases."""
    return staff.role in ROLES


async def require_agent(request: web.Request) -> Staff:
    """The agent or admin who is signed in; else 401, or 403 for the other roles."""
    staff = await require_staff(request)
    if not may_enter(staff):
        raise RequestRejected("only agents work on cases", status=403)
    return staff
