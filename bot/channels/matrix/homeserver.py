"""The homeserver, asked as our account.

Methods: https://spec.matrix.org/latest/client-server-api/
"""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import quote

from bot.channels.calls import WITHIN, Answer, Calls
from bot.channels.fields import Json, mapping, mappings, string
from bot.channels.matrix.failures import TokenRefused, delivery_error
from bot.channels.matrix.parsing import KINDS
from bot.channels.matrix.settings import MatrixSettings

_CLIENT = "/_matrix/client/v3"
SYNC_SECONDS = 30  # for how long /sync may wait for news
_FIRST_SYNC = 300.0  # seconds; the state of all rooms takes a large server a while
TIMELINE = 100  # events of a room in one answer; what is older is asked for page by page
TYPING = 10_000  # milliseconds after which the sign goes by itself
_FILTER = {
    "presence": {"types": []},
    "account_data": {"types": []},
    "room": {
        "timeline": {"limit": TIMELINE, "types": KINDS},
        "state": {"lazy_load_members": True},
        "ephemeral": {"types": ["m.receipt"]},
        "account_data": {"types": []},
    },
}


class Homeserver:
    """The server at `url`. Who we are there is known once we have signed in: `account`, `name`, `device`, `token`."""

    def __init__(self, settings: MatrixSettings) -> None:
        self._settings = settings
        self.url = settings.homeserver
        self._calls = Calls(settings.homeserver, "the homeserver")
        self._signing_in = asyncio.Lock()
        self.account = settings.account
        self.device = settings.device
        self.token = ""
        self.name = ""  # what members see of us

    async def sign_in(self) -> None:
        """With the token, or else the password; done once. Raises DeliveryError (permanent) where we are refused."""
        async with self._signing_in:
            if self.token:
                return
            token = self._settings.token
            if token:
                who = await self._ask("GET", "/account/whoami", token=token)
            else:
                who = await self._ask("POST", "/login", body=self._credentials())
                token = string(who, "access_token")
            self.account = string(who, "user_id")
            self.device = string(who, "device_id") or self.device
            profile = await self._answer("GET", f"/profile/{_part(self.account)}", token=token)
            self.name = string(profile.body, "displayname")
            self.token = token

    async def sign_out(self) -> None:
        """End our token, and the device with it."""
        await self.ask("POST", "/logout", body={})
        self.token = ""

    async def good_token(self) -> str:
        """Our token, which the homeserver has taken just now. Raises DeliveryError."""
        await self.ask("GET", "/account/whoami")
        return self.token

    async def sync(self, since: str, *, full_state: bool = False, seconds: int = SYNC_SECONDS) -> Json:
        """What is new behind `since`, waiting for it up to `seconds`, or where we stand without it. `full_state`: the rooms as they are, too."""
        query = {"filter": json.dumps(_FILTER), "set_presence": "online"}
        query |= {"since": since, "timeout": str(seconds * 1000)} if since else {}
        query |= {"full_state": "true"} if full_state else {}
        within = WITHIN + seconds if since and not full_state else _FIRST_SYNC
        return await self.ask("GET", "/sync", query=query, within=within)

    async def before(self, room: str, at: str, until: str) -> tuple[list[Json], str]:
        """A page of what was in a room before the token `at`, latest first, and the token of the page before; empty at the end or at `until`."""
        query = {"dir": "b", "from": at, "limit": str(TIMELINE), "filter": json.dumps({"types": KINDS})}
        page = await self.ask("GET", f"/rooms/{_part(room)}/messages", query=query | ({"to": until} if until else {}))
        return mappings(page, "chunk"), string(page, "end")

    async def send(self, room: str, kind: str, content: Json, transaction: str) -> str:
        """Put an event into a room; returns its id. The same `transaction` again is the same event."""
        path = f"/rooms/{_part(room)}/send/{_part(kind)}/{_part(transaction)}"
        return string(await self.ask("PUT", path, body=content), "event_id")

    async def is_encrypted(self, room: str) -> bool:
        """Whether a room is encrypted, as its state has it."""
        await self.sign_in()
        path = f"/rooms/{_part(room)}/state/m.room.encryption/"
        answer = await self._answer("GET", path, token=self.token)
        if answer.status == 404:
            return False
        if not answer.good:
            raise delivery_error(answer)
        return True

    async def key_of_device(self) -> str:
        """The key by which others know our device; empty where it has published none."""
        asked = await self.ask("POST", "/keys/query", body={"device_keys": {self.account: [self.device]}})
        device = mapping(mapping(mapping(asked, "device_keys"), self.account), self.device)
        return string(mapping(device, "keys"), f"curve25519:{self.device}")

    async def join(self, room: str) -> None:
        """Enter a room we are invited to."""
        await self.ask("POST", f"/join/{_part(room)}", body={})

    async def leave(self, room: str) -> None:
        """Leave a room, or decline the invitation to it."""
        await self.ask("POST", f"/rooms/{_part(room)}/leave", body={})

    async def mark_read(self, room: str, event: str) -> None:
        """Show that we have read this far."""
        await self.ask("POST", f"/rooms/{_part(room)}/receipt/m.read/{_part(event)}", body={})

    async def typing(self, room: str) -> None:
        """Show that an answer is being written."""
        path = f"/rooms/{_part(room)}/typing/{_part(self.account)}"
        await self.ask("PUT", path, body={"typing": True, "timeout": TYPING})

    async def ask(self, method: str, path: str, **more: Any) -> Json:
        """Ask once we are signed in; with a password we sign in anew where the token has ended. Raises DeliveryError."""
        await self.sign_in()
        token = self.token
        try:
            return await self._ask(method, path, token=token, **more)
        except TokenRefused:
            if self._settings.token:
                raise
        if token == self.token:
            self.token = ""
        await self.sign_in()
        return await self._ask(method, path, token=self.token, **more)

    async def close(self) -> None:
        """Close the connections; the token stays good."""
        await self._calls.close()

    async def _ask(self, method: str, path: str, **more: Any) -> Json:
        answer = await self._answer(method, path, **more)
        if not answer.good:
            raise delivery_error(answer)
        return answer.body

    async def _answer(self, method: str, path: str, *, token: str = "", **more: Any) -> Answer:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return await self._calls.ask(method, _CLIENT + path, headers=headers, **more)

    def _credentials(self) -> Json:
        identifier = {"type": "m.id.user", "user": self._settings.account}
        told = {"type": "m.login.password", "identifier": identifier, "password": self._settings.password}
        return told | {"device_id": self._settings.device, "initial_device_display_name": "Frontline"}


def _part(text: str) -> str:
    return quote(text, safe="")
