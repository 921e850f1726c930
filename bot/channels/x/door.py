"""Where X calls: one door for posts and direct messages, `/webhooks/x/<account>`.

https://docs.x.com/x-api/webhooks/quickstart
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re

from bot.channels.base import Greeting, Request, Webhook
from bot.channels.x.access import XAccess
from bot.channels.x.activity import parse_activity
from bot.domain.message import InboundEvent
from bot.errors import RequestRejected

_SIGNATURE = "x-twitter-webhooks-signature"

# X has us sign, with the very secret it signs its calls with, whatever a stranger may ask for: were that a JSON body, the answer would be its signature,
# and the stranger in. X's own tokens are of these characters, of which no JSON object can be made.
_TOKEN = re.compile(r"[A-Za-z0-9+/=._~-]{1,256}")


class XDoor(Webhook):
    """The door of one account."""

    def __init__(self, access: XAccess) -> None:
        self.path = f"x/{access.account}"
        self.channels = frozenset({"x", "x_direct"})
        self._access = access

    def greet(self, request: Request) -> Greeting | None:
        """Answer the challenge that X sends at the start and every hour (CRC); a door that does not is called no more."""
        if request.method != "GET" or "crc_token" not in request.query:
            return None
        token = request.query["crc_token"]
        if not _TOKEN.fullmatch(token):
            raise RequestRejected("no challenge of X", status=401)
        return Greeting(json.dumps({"response_token": self._sign(token.encode())}), "application/json")

    def verify(self, request: Request) -> None:
        """The body has to be signed with the app's secret, as it came."""
        known = self._access.consumer_secret and request.method == "POST"  # with no secret anybody could sign
        if not known or not request.carries(_SIGNATURE, self._sign(request.body)):
            raise RequestRejected("not from X", status=401)

    def parse(self, request: Request) -> list[InboundEvent]:
        """All events of a body, for both channels."""
        return parse_activity(request.json(), self._access.account, self._access.app_id)

    def _sign(self, body: bytes) -> str:
        digest = hmac.new(self._access.consumer_secret.encode(), body, hashlib.sha256).digest()
        return "sha256=" + base64.b64encode(digest).decode()
