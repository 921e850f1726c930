"""Files as Meta hands them out: what an update names to whoever has its signed address, WhatsApp's media to whoever has the token as well.

https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import timedelta

from aiohttp import web

from tests.fakes.graph import FakeGraph
from tests.fakes.graph_nodes import Node
from tests.fakes.graph_rules import Json, Refusal
from tests.fakes.graph_whatsapp import Number

_KEY = b"of-the-fake-cdn"


class Cdn:
    """Hands out files at addresses as updates have them: signed, for some days, and to anybody. A token has no business there."""

    def __init__(self, graph: FakeGraph, *, lasts: timedelta = timedelta(days=3)) -> None:
        self.graph = graph
        self._lasts = lasts
        self._number = 0

    def add(self, content: bytes, name: str = "photo.png") -> str:
        """A file lies here; returns its address."""
        self._number += 1
        path, expiry = f"/v/{self._number}_{name}", f"{int((self.graph.now + self._lasts).timestamp()):x}"

        def hand_out(request: web.Request) -> web.Response:
            if request.method != "GET" or "Authorization" in request.headers:
                self.graph.mistakes.append(f"{request.method} {path}: a file is asked for plainly, and without a token")
            if request.query.get("oh") != _signature(path, request.query.get("oe", "")):
                return web.Response(status=403, text="Bad URL hash")
            if int(request.query["oe"], 16) < self.graph.now.timestamp():
                return web.Response(status=403, text="URL signature expired")
            return web.Response(body=content, content_type="application/octet-stream")

        self.graph.places.add(path, hand_out)
        return f"{self.graph.base_url}{path}?oh={_signature(path, expiry)}&oe={expiry}"


class Media:
    """What a number was sent: known by an id for seven days, and handed out at an address that lasts five minutes."""

    def __init__(self, number: Number) -> None:
        self.graph = number.graph
        self._of = number
        self._number = 1003383421387255

    def add(self, content: bytes, media_type: str, *, size: int | None = None, url: str = "") -> Json:
        """A customer's file; returns what a message tells of it. `size` and `url` are told instead of the true ones."""
        self._number += 1
        media_id, until = str(self._number), self.graph.now + timedelta(days=7)
        digest = hashlib.sha256(content).digest()
        facts: Json = {"messaging_product": "whatsapp", "mime_type": media_type, "sha256": digest.hex(), "id": media_id}

        def tell(query: Mapping[str, str]) -> Json:
            if self.graph.now > until:
                raise Refusal(
                    400, 100, f"Unsupported get request. Object with ID '{media_id}' does not exist", subcode=33
                )
            if query.get("phone_number_id", self._of.id) != self._of.id:
                raise Refusal(400, 100, "the media is another number's", mistake=True)
            return facts | {"file_size": size or len(content), "url": url or self._open(media_id, content, media_type)}

        self.graph.add_node(Node(media_id, self._of.token, tell=tell))
        return {"id": media_id, "mime_type": media_type, "sha256": base64.b64encode(digest).decode()}

    def _open(self, media_id: str, content: bytes, media_type: str) -> str:
        path, until = f"/whatsapp_business/attachments/{media_id}", self.graph.now + timedelta(minutes=5)
        signature = _signature(path, str(until))

        def hand_out(request: web.Request) -> web.Response:
            if request.headers.get("Authorization") != f"Bearer {self._of.token}":
                return web.json_response({"error": {"message": "Authentication Error", "code": 190}}, status=401)
            if self.graph.now > until or request.query.get("hash") != signature:
                return web.Response(status=404)
            return web.Response(body=content, content_type=media_type)

        self.graph.places.add(path, hand_out)
        return f"{self.graph.base_url}{path}?ext={int(until.timestamp())}&hash={signature}"


def _signature(path: str, expiry: str) -> str:
    return hmac.new(_KEY, f"{path} {expiry}".encode(), hashlib.sha256).hexdigest()[:32]
