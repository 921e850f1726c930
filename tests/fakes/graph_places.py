"""Where the fake Graph API has files: any number of addresses, each with its own way to hand one out."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web


class Places:
    """By their paths. `visited` are the paths that were asked for, in order."""

    def __init__(self) -> None:
        self.visited: list[str] = []
        self._known: dict[str, Callable[[web.Request], web.Response]] = {}

    def add(self, path: str, hand_out: Callable[[web.Request], web.Response]) -> None:
        """A file lies here."""
        self._known[path] = hand_out

    def add_routes(self, app: web.Application) -> None:
        """Make the addresses of Meta's CDN and of WhatsApp's media known to the application."""
        for path in ("/v/{file}", "/whatsapp_business/attachments/{file}"):
            app.router.add_route("*", path, self._serve)

    async def _serve(self, request: web.Request) -> web.Response:
        self.visited.append(request.path)
        hand_out = self._known.get(request.path)
        return hand_out(request) if hand_out else web.Response(status=404)
