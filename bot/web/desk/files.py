"""Files that came with messages, for agents: handed out to be saved, never to be opened as a page of ours."""

from __future__ import annotations

from urllib.parse import quote

from aiohttp import web

from bot.errors import RequestRejected
from bot.storage.attachments import load_file
from bot.web.desk.access import require_agent
from bot.web.desk.bodies import id_of
from bot.web.doors import DOORS


def setup_routes(app: web.Application) -> None:
    """Add the door for files to the application."""
    app.router.add_get("/desk/api/attachments/{id}", file)


async def file(request: web.Request) -> web.Response:
    """The content of a file of a conversation that has a case; what the customer has deleted is gone."""
    await require_agent(request)
    attachment_id = id_of(request)
    found = await request.app[DOORS].store.read(lambda connection: load_file(connection, attachment_id))
    if found is None:
        raise RequestRejected("there is no such file", status=404)
    return web.Response(
        body=found.content,
        content_type=found.media_type,
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.name, safe='')}",  # RFC 6266
            "Content-Security-Policy": "default-src 'none'; sandbox",  # should a browser show it after all
            "Cross-Origin-Resource-Policy": "same-origin",
        },
    )
