"""A strict Discourse on loopback: topics and posts with their rules, the API as one account sees it, and signed webhooks that are tried again.

What it takes and refuses is in https://github.com/discourse/discourse: `PostsController#create`, `PostValidator`, `UploadsController#show_short`,
`Jobs::EmitWebHookEvent`.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import deque
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientSession, ClientTimeout, web

from tests.fakes.discourse_world import BOT, Json, Member, Refusal, World

KEY = "0f8fad5bd9cb469fa16570867728950e0f8fad5bd9cb469fa16570867728950e"
SECRET = "a-secret-of-the-webhook"
ATTEMPTS = 5  # the first and four more, after 1, 5, 25 and 125 minutes
_FIELDS = {"raw", "topic_id", "reply_to_post_number"}


@dataclass(frozen=True)
class Lost:
    """A fault after the forum took the request: the connection breaks off."""


class FakeDiscourse(World):
    """The server. Use as an async context manager; `mistakes` lists every request that no correct bot would send.

    `hook` is where webhooks go; without one they wait in `waiting`. `key_rate`: requests that a key has left, None for any number.
    `members_only`: strangers get no uploads (`prevent_anons_from_downloading_files`). `store`: where uploads are kept, if not here.
    """

    def __init__(self) -> None:
        super().__init__()
        self.url = ""
        self.hook = ""
        self.key_rate: int | None = None
        self.members_only = False
        self.store = ""
        self.calls: list[tuple[str, str, Json]] = []
        self.mistakes: list[str] = []
        self._faults: deque[Refusal | Lost] = deque()
        self._deliveries = 0

    async def __aenter__(self) -> FakeDiscourse:
        app = web.Application()
        app.router.add_post("/posts.json", self._create)
        app.router.add_get("/private-posts.json", self._private)
        app.router.add_get("/session/current.json", self._current)
        app.router.add_get("/uploads/short-url/{name}", self._upload)
        self._runner = web.AppRunner(app, shutdown_timeout=0.05, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    def fail_next(self, *faults: Refusal | Lost) -> None:
        """The next requests go wrong, one fault each."""
        self._faults.extend(faults)

    # --- webhooks --------------------------------------------------------------------------------------

    async def push(self) -> list[int]:
        """Deliver what waits, each until it is taken or has been tried five times; returns the statuses."""
        statuses: list[int] = []
        async with ClientSession(timeout=ClientTimeout(10)) as session:
            while self.waiting:
                name, body = self.waiting.popleft()
                for _ in range(ATTEMPTS):
                    statuses.append(await self.deliver(session, name, body))
                    if 200 <= statuses[-1] < 300:
                        break
        return statuses

    async def deliver(self, session: ClientSession, name: str, body: bytes, **headers: str) -> int:
        """One attempt; `headers` replace those of a genuine one."""
        self._deliveries += 1
        sent = self.headers(name, body) | {"X-Discourse-Event-Id": str(self._deliveries)} | headers
        async with session.post(self.hook, data=body, headers=sent) as answer:
            return answer.status

    def headers(self, name: str, body: bytes) -> dict[str, str]:
        """What a webhook is sent with, but for the number of the delivery, which changes with each attempt."""
        digest = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        return {
            "Content-Type": "application/json",
            "User-Agent": "Discourse/2026.10.0",
            "X-Discourse-Instance": self.url,
            "X-Discourse-Event-Type": name.partition("_")[0],
            "X-Discourse-Event": name,
            "X-Discourse-Event-Signature": f"sha256={digest}",
        }

    # --- the API ---------------------------------------------------------------------------------------

    async def _create(self, request: web.Request) -> web.Response:
        def made(member: Member, body: Json) -> Json:
            if unknown := body.keys() - _FIELDS:
                raise self._mistake(f"unknown parameters {sorted(unknown)}")
            if not isinstance(body.get("topic_id"), int) or not isinstance(body.get("raw"), str):
                raise self._mistake("a post needs a topic and a text")
            return self.reply(member, body["topic_id"], body["raw"], to=body.get("reply_to_post_number"))

        return await self._answer(request, made)

    async def _private(self, request: web.Request) -> web.Response:
        def found(member: Member, query: Json) -> Json:
            return {"private_posts": self.private_posts(member, before=int(query.get("before", 2**31)))}

        return await self._answer(request, found)

    async def _current(self, request: web.Request) -> web.Response:
        def shown(member: Member, _: Json) -> Json:
            return {"current_user": {"id": member.id, "username": member.username, "admin": self.admin}}

        return await self._answer(request, shown)

    async def _upload(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        self.calls.append((request.method, request.path, {}))
        try:
            stranger = "Api-Key" not in request.headers or not self._member(request)
        except Refusal as refusal:
            return web.json_response(refusal.body, status=refusal.status, headers=refusal.headers)
        if name not in self.uploads or (self.members_only and stranger):
            raise web.HTTPNotFound
        if self.store:
            raise web.HTTPFound(f"{self.store}/original/1X/{name}")
        return web.Response(body=self.uploads[name], headers={"Content-Disposition": "attachment"})

    async def _answer(self, request: web.Request, act: Any) -> web.Response:
        given: Json = await request.json() if request.method == "POST" else dict(request.query)
        self.calls.append((request.method, request.path, given))
        fault = self._faults.popleft() if self._faults else None
        try:
            if isinstance(fault, Refusal):
                raise fault
            found = act(self._member(request), given)
        except Refusal as refusal:
            return web.json_response(refusal.body, status=refusal.status, headers=refusal.headers)
        if isinstance(fault, Lost):
            assert request.transport is not None
            request.transport.abort()
        return web.json_response(found)

    def _member(self, request: web.Request) -> Member:
        if self.key_rate is not None:
            self.key_rate -= 1
            if self.key_rate < 0:
                extras = {"wait_seconds": 38, "time_left": "38 seconds"}
                body = {"errors": ["You’ve performed this action too many times."], "error_type": "rate_limit"}
                raise Refusal(429, body | {"extras": extras}, {"Retry-After": "38"})
        if request.headers.get("Api-Key") != KEY or request.headers.get("Api-Username") != BOT.username:
            words = "You are not permitted to view the requested resource. The API username or key is invalid."
            raise Refusal(403, {"errors": [words], "error_type": "invalid_access"})
        return BOT

    def _mistake(self, words: str) -> Refusal:
        self.mistakes.append(words)
        return Refusal(400, {"errors": [words], "error_type": "invalid_parameters"})
