"""Files that came with messages, for agents: seen and heard within the desk, or saved; never opened as a page of ours."""

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
    """The content of a file of a conversation that has a case, or the part of it that a player asks for; what the customer has deleted is gone."""
    await require_agent(request)
    attachment_id = id_of(request)
    found = await request.app[DOORS].store.read(lambda connection: load_file(connection, attachment_id))
    if found is None:
        raise RequestRejected("there is no such file", status=404)
    headers = {
        "Accept-Ranges": "bytes",
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.name, safe='')}",  # RFC 6266
        "Content-Security-Policy": "default-src 'none'; sandbox",  # should a browser show it after all
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    size, part = len(found.content), _asked(request, len(found.content))
    if part is None:
        return web.Response(body=found.content, content_type=found.media_type, headers=headers)
    if not part:
        return web.Response(status=416, headers={**headers, "Content-Range": f"bytes */{size}"})
    return web.Response(
        status=206,
        body=found.content[part.start : part.stop],
        content_type=found.media_type,
        headers={**headers, "Content-Range": f"bytes {part.start}-{part.stop - 1}/{size}"},
    )


def _asked(request: web.Request, size: int) -> range | None:
    """The one part that is asked for, empty where it lies behind the end; None for all there is (RFC 9110, 14.2).

    All is also for whoever asks for more than we understand, or has a validator (13.1.5): we give none that could fit.
    """
    if "Range" not in request.headers or "If-Range" in request.headers:
        return None
    try:
        return range(*request.http_range.indices(size))
    except ValueError:
        return None
