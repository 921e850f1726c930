"""A strict X on loopback: what of its API 2 the product uses, its rules and limits, the media it keeps, and its calls to a webhook.

Sources: https://docs.x.com/x-api/posts/create-post, https://docs.x.com/x-api/direct-messages/create-dm-message-by-participant-id,
https://docs.x.com/x-api/fundamentals/rate-limits, https://developer.x.com/en/docs/direct-messages/message-attachments/guides/retrieving-media.
Stricter in one thing: a field or a path that this fake does not know is an error, so that a mistake shows.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import re
from collections import deque
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

from aiohttp import ClientSession, ClientTimeout, web

Json = dict[str, Any]

ME = "4711000000000000001"
HANDLE = "fernblick"
CUSTOMER = "2222222222222222222"
CONSUMER_KEY, CONSUMER_SECRET = "fake-consumer-key", "fake-consumer-secret"
TOKEN, TOKEN_SECRET = f"{ME}-fakeTokenForTestsOnly", "fake-token-secret"
NOW = 1_790_000_000
MAX_POST, MAX_MESSAGE = 280, 10_000
OF_DIRECT, OF_POSTS = ("/1.1/ton/data/dm/", "/dm_video/"), ("/media/", "/ext_tw_video/")
"""Paths of media: X gives those of direct messages to whom they were sent, and those of posts to anybody."""


@dataclass(frozen=True)
class Refusal(Exception):
    """An answer that is no success."""

    status: int
    answer: Json = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Lost:
    """A fault after X took the request: the connection breaks off."""


class FakeX:
    """The server. Use as an async context manager; `mistakes` lists every request that no correct program would send.

    `posts` are what the account has posted (`id`, `text`, `answers`), `messages` what it has written to whom. `summoned`: the posts it may answer,
    whose authors have named it. `closed`: who takes no direct messages. `media`: photos and videos by their paths.
    """

    def __init__(self) -> None:
        self.base_url = ""
        self.posts: list[Json] = []
        self.messages: list[Json] = []
        self.summoned: set[str] = set()
        self.closed: set[str] = set()
        self.media: dict[str, bytes] = {}
        self.mistakes: list[str] = []
        self.asked = 0
        self._faults: deque[Refusal | Lost] = deque()
        self._nonces: set[str] = set()
        self._next = 9_000_000_000_000_000_000
        self.news = asyncio.Event()

    async def __aenter__(self) -> FakeX:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.05, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.base_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    def fail_next(self, *faults: Refusal | Lost) -> None:
        """The next requests go wrong, one fault each."""
        self._faults.extend(faults)

    async def until(self, count: int, of: list[Json], seconds: float = 30.0) -> None:
        """Wait until `of` holds `count` things; TimeoutError if it never does."""
        async with asyncio.timeout(seconds):
            while len(of) < count:
                await self.news.wait()

    async def call(self, door: str, payload: Json, *, secret: str = CONSUMER_SECRET, escaped: bool = True) -> int:
        """Deliver `payload` to the webhook at `door`, signed; returns its status. What is posted about can be answered from then on."""
        self.summoned |= set(re.findall(r'"id(?:_str)?": "(\d+)"', json.dumps(payload)))
        body = json.dumps(payload, ensure_ascii=escaped).encode()
        headers = {"x-twitter-webhooks-signature": sign(body, secret), "Content-Type": "application/json"}
        async with (
            ClientSession(timeout=ClientTimeout(20)) as session,
            session.post(door, data=body, headers=headers) as answer,
        ):
            return answer.status

    async def challenge(self, door: str, token: str) -> tuple[int, Json]:
        """Ask the webhook at `door` whether it is ours; returns its status and answer."""
        async with (
            ClientSession(timeout=ClientTimeout(20)) as session,
            session.get(door, params={"crc_token": token, "nonce": "bm9uY2U"}) as answer,
        ):
            return answer.status, await answer.json() if answer.ok else {}

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        self.asked += 1
        try:
            if request.path.startswith(OF_DIRECT + OF_POSTS):
                return self._give(request)
            self._check_signature(request)
            fault = self._faults.popleft() if self._faults else None
            if isinstance(fault, Refusal):
                raise fault
            status, answer = await self._carry_out(request)
            self.news.set()
            self.news = asyncio.Event()
            if fault is not None and request.transport is not None:
                request.transport.abort()
            return web.json_response(answer, status=status)
        except Refusal as refusal:
            return web.json_response(refusal.answer, status=refusal.status, headers=refusal.headers)

    def _give(self, request: web.Request) -> web.Response:
        if request.path.startswith(OF_DIRECT):
            self._check_signature(request)
        elif "Authorization" in request.headers:
            raise self._mistake(400, "it was said who wants to have what anybody may have")
        if request.path not in self.media:
            raise Refusal(404)
        return web.Response(body=self.media[request.path])

    async def _carry_out(self, request: web.Request) -> tuple[int, Json]:
        match request.method, request.path.split("/")[1:]:
            case "GET", ["2", "users", "me"]:
                return 200, {"data": {"id": ME, "name": "Fernblick", "username": HANDLE}}
            case "POST", ["2", "tweets"]:
                return 201, {"data": self._post(await request.json())}
            case "POST", ["2", "dm_conversations", "with", to, "messages"]:
                return 201, {"data": self._write(to, await request.json())}
        raise self._mistake(404, f"no such endpoint: {request.method} {request.path}")

    def _post(self, body: Json) -> Json:
        answers = body.get("reply", {}).get("in_reply_to_tweet_id")
        if set(body) != {"text", "reply"} or set(body["reply"]) != {"in_reply_to_tweet_id"}:
            raise self._mistake(400, f"a post with {sorted(body)}")
        if not body["text"].strip() or least_weight(body["text"]) > MAX_POST:
            raise self._mistake(400, "Your Tweet text is too long.")
        if answers not in self.summoned and answers not in {post["id"] for post in self.posts}:
            detail = "You can only reply to or quote posts where you are mentioned or are the author."
            raise Refusal(403, {"title": "Forbidden", "status": 403, "detail": detail, "type": "about:blank"})
        if any(post["text"] == body["text"] and post["answers"] == answers for post in self.posts):
            detail = "You are not allowed to create a Tweet with duplicate content."
            raise Refusal(403, {"title": "Forbidden", "status": 403, "detail": detail, "type": "about:blank"})
        post = {"id": self._new_id(), "text": body["text"], "answers": answers}
        self.posts.append(post)
        return {"id": post["id"], "text": post["text"], "edit_history_tweet_ids": [post["id"]]}

    def _write(self, to: str, body: Json) -> Json:
        if set(body) != {"text"} or not body["text"].strip() or len(body["text"]) > MAX_MESSAGE:
            raise self._mistake(400, f"a message with {sorted(body)}")
        if to in self.closed:
            raise Refusal(403, {"errors": [{"code": 349, "message": "You cannot send messages to this user."}]})
        message = {"id": self._new_id(), "to": to, "text": body["text"]}
        self.messages.append(message)
        return {"dm_conversation_id": f"{to}-{ME}", "dm_event_id": message["id"]}

    def _check_signature(self, request: web.Request) -> None:
        header = request.headers.get("Authorization", "")
        given = {name: unquote(value) for name, value in re.findall(r'(\w+)="([^"]*)"', header)}
        claimed = given.pop("oauth_signature", "")
        expected = oauth_signature(request.method, f"{self.base_url}{request.path}", {**request.query, **given})
        fresh = given.get("oauth_nonce", "") not in self._nonces
        self._nonces.add(given.get("oauth_nonce", ""))
        keys = (given.get("oauth_consumer_key"), given.get("oauth_token"), given.get("oauth_version"))
        if keys != (CONSUMER_KEY, TOKEN, "1.0") or claimed != expected or not fresh:
            raise Refusal(
                401, {"title": "Unauthorized", "status": 401, "detail": "Unauthorized", "type": "about:blank"}
            )

    def _mistake(self, status: int, detail: str) -> Refusal:
        self.mistakes.append(detail)
        title = "Invalid Request"
        return Refusal(
            status, {"title": title, "detail": detail, "type": "https://api.x.com/2/problems/invalid-request"}
        )

    def _new_id(self) -> str:
        self._next += 1
        return str(self._next)


def sign(body: bytes, secret: str = CONSUMER_SECRET) -> str:
    """The signature X puts on a call."""
    return "sha256=" + base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def oauth_signature(method: str, url: str, parameters: dict[str, str]) -> str:
    """The OAuth 1.0a signature (RFC 5849) that a request of the account has to have."""
    pairs = "&".join(f"{quote(name, safe='~')}={quote(parameters[name], safe='~')}" for name in sorted(parameters))
    base = f"{method}&{quote(url, safe='~')}&{quote(pairs, safe='~')}"
    key = f"{CONSUMER_SECRET}&{TOKEN_SECRET}".encode()
    return base64.b64encode(hmac.new(key, base.encode(), hashlib.sha1).digest()).decode()


def least_weight(text: str) -> int:
    """What X would count at least: links as 23, everything else as one or two by its code point, emoji sequences as their first."""
    rest = re.sub(r"[\u200d\ufe0f\U0001f3fb-\U0001f3ff][\U0001f000-\U0001faff\u2600-\u27bf]?", "", text)
    links = re.findall(r"https?://\S+", rest)
    rest = re.sub(r"https?://\S+", "", rest)
    light = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
    weights = (1 if any(low <= ord(one) <= high for low, high in light) else 2 for one in rest)
    return 23 * len(links) + sum(weights)
