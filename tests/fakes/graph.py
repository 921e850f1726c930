"""A strict Graph API on loopback: real HTTP, real signatures over raw bytes, and the faults that real life has.

What it knows are *nodes* (`graph_nodes.py`): a page, an Instagram account, a WhatsApp number, a comment. Each has a token and *edges*, the methods of that
node ("messages"). Pages and Instagram accounts are in `graph_pages.py`, what they take and refuse in `graph_rules.py`, files in
`graph_files.py`; other products of Meta's add nodes of their own by `add_node`.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import random
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import ClientSession, ClientTimeout, web

from tests.fakes.graph_nodes import Node, chosen
from tests.fakes.graph_places import Places
from tests.fakes.graph_rules import Json, Refusal, check_version

APP, APP_SECRET, VERIFY_TOKEN = "9001", "fake-app-secret-of-the-tests", "fake-verify-token"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Lost:
    """A fault after Meta took the request: the connection is `reset`, or (else) no answer ever comes."""

    reset: bool = False


class FakeGraph:
    """The server. Use as an async context manager; `mistakes` lists every request that no correct client would send.

    `now` is its clock, which tests move. `calls` are the requests that came in: edge ("4711/messages") and body. `places` are where
    files lie.
    """

    def __init__(self, *, now: datetime = NOON) -> None:
        self.now = now
        self.base_url = ""
        self.nodes: dict[str, Node] = {}
        self.calls: list[tuple[str, Json]] = []
        self.mistakes: list[str] = []
        self.places = Places()
        self.updates: deque[tuple[str, str, Json]] = deque()
        self.webhook = ""
        self.news = asyncio.Event()
        self._faults: dict[str, deque[Refusal | Lost | web.Response | None]] = defaultdict(deque)
        self._closing = asyncio.Event()

    async def __aenter__(self) -> FakeGraph:
        app = web.Application()
        self.places.add_routes(app)
        app.router.add_route("*", "/{version}/{node}", self._serve)
        app.router.add_route("*", "/{version}/{node}/{edge}", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.05, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.base_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closing.set()
        await self._runner.cleanup()

    # --- what tests do -----------------------------------------------------------------------------------

    def add_node(self, node: Node) -> Node:
        """Make something known by its id."""
        self.nodes[node.id] = node
        return node

    def fail_next(self, edge: str, *faults: Refusal | Lost | web.Response | None) -> None:
        """The next requests to this edge ("messages", or "" for a node itself) go wrong, one fault each; None lets one pass."""
        self._faults[edge].extend(faults)

    def called(self, edge: str) -> list[Json]:
        """The bodies of all requests to this edge, whichever node's."""
        return [body for path, body in self.calls if path.partition("/")[2] == edge]

    def let_pass(self, time: timedelta) -> None:
        """Later."""
        self.now += time

    async def until(self, so: Callable[[], bool], seconds: float = 30.0) -> None:
        """Wait until `so` holds, looking again at everything that happens; TimeoutError if it never does."""
        async with asyncio.timeout(seconds):
            while not so():
                await self.news.wait()

    def stir(self) -> None:
        """Something happened: wake whoever waits."""
        self.news.set()
        self.news = asyncio.Event()

    # --- webhooks ----------------------------------------------------------------------------------------

    def notify(self, origin: str, account: str, entry: Json) -> None:
        """An update waits to be delivered: of an object ("page"), for one of its ids, in a container ({"messaging": [...]})."""
        self.updates.append((origin, account, entry))
        self.stir()

    def batches(self) -> list[Json]:
        """What waits, as bodies: one for each object, at most 1000 updates in each."""
        bodies: list[Json] = []
        for origin in dict.fromkeys(origin for origin, _, _ in self.updates):
            entries = [
                {"id": account, "time": milliseconds(self.now)} | entry
                for of, account, entry in self.updates
                if of == origin
            ]
            bodies += [{"object": origin, "entry": entries[at : at + 1000]} for at in range(0, len(entries), 1000)]
        return bodies

    async def push(self, *, times: int = 1, shuffled: random.Random | None = None) -> list[int]:
        """Deliver what waits, as often as `times`, perhaps `shuffled`; returns the statuses. What is refused waits on."""
        if shuffled:
            mixed = list(self.updates)
            shuffled.shuffle(mixed)
            self.updates = deque(mixed)
        told = set(map(id, self.updates))
        statuses = [await self.deliver(body) for body in self.batches() for _ in range(times)]
        if set(statuses) == {200}:  # what has come meanwhile is still to be told
            self.updates = deque(one for one in self.updates if id(one) not in told)
        return statuses

    async def deliver(self, body: Json) -> int:
        """One signed call of the webhook; returns its status."""
        raw = wire(body)
        headers = {"X-Hub-Signature-256": signed(raw), "Content-Type": "application/json"}
        async with (
            ClientSession(timeout=ClientTimeout(30)) as session,
            session.post(self.webhook, data=raw, headers=headers) as answer,
        ):
            return answer.status

    async def subscribe(self, url: str, verify_token: str = VERIFY_TOKEN) -> bool:
        """What "Verify and save" does in the app's settings: the challenge has to come back as it was."""
        challenge = "1158201444"
        query = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": verify_token}
        async with ClientSession() as session, session.get(url, params=query) as answer:
            accepted = answer.status == 200 and await answer.text() == challenge
        self.webhook = url if accepted else self.webhook
        return accepted

    # --- requests ----------------------------------------------------------------------------------------

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        try:
            return await self._answer(request)
        except Refusal as refusal:
            if refusal.mistake:
                self.mistakes.append(f"{request.method} {request.path}: {refusal.message}")
            return web.json_response(refusal.body(), status=refusal.status, headers=refusal.headers)
        finally:
            self.stir()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        check_version(request.match_info["version"])
        edge = request.match_info.get("edge", "")
        node = self._authorised(request)
        body = await _body_of(request)
        self.calls.append((f"{node.id}/{edge}" if edge else node.id, body))
        fault = self._faults[edge].popleft() if self._faults[edge] else None
        if isinstance(fault, Refusal):
            raise fault
        if isinstance(fault, web.Response):
            return fault
        result = await self._carry_out(request, node, edge, body)
        if isinstance(fault, Lost):
            return await self._lose(request, fault)
        return web.json_response(result)

    def _authorised(self, request: web.Request) -> Node:
        """The node that is asked for; only its token opens it, with the proof that the app's secret is known."""
        if "access_token" in request.query:
            raise Refusal(400, 100, "the token belongs into the Authorization header", mistake=True)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        name = request.match_info["node"]
        mine = next((node for node in self.nodes.values() if node.token == token), None)
        if mine is None:
            raise Refusal(401, 190, "Invalid OAuth access token.")
        proof = hmac.new(APP_SECRET.encode(), token.encode(), hashlib.sha256).hexdigest()
        if request.query.get("appsecret_proof") != proof:
            raise Refusal(400, 100, "Invalid appsecret_proof provided in the API argument", mistake=True)
        node = mine if name == "me" else self.nodes.get(name)
        if node is None or node.token != token:
            raise Refusal(400, 100, f"Unsupported request: object {name} does not exist", subcode=33)
        return node

    async def _carry_out(self, request: web.Request, node: Node, edge: str, body: Json) -> Json:
        if request.method == "GET" and not edge and node.tell:
            return node.tell(request.query)
        if request.method == "GET" and not edge:
            return chosen({"id": node.id} | node.fields, request.query.get("fields", "id"))
        if request.method == "GET" and edge in node.lists:
            return {"data": node.lists[edge]}
        if request.method != "POST" or edge not in node.edges:
            raise Refusal(400, 100, f"Unsupported {request.method} request", mistake=True)
        return await node.edges[edge](body)

    async def _lose(self, request: web.Request, fault: Lost) -> web.StreamResponse:
        self.stir()
        if not fault.reset:
            await self._closing.wait()
        assert request.transport is not None
        request.transport.abort()
        return web.Response()


def wire(body: Any) -> bytes:
    """A body as Meta writes it: compact, all that is not ASCII escaped, and slashes as well."""
    return json.dumps(body, separators=(",", ":")).replace("/", "\\/").encode()


def signed(raw: bytes, secret: str = APP_SECRET) -> str:
    """The `X-Hub-Signature-256` of these bytes."""
    return "sha256=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()


def milliseconds(at: datetime) -> int:
    """Unix time as Messenger counts it."""
    return int(at.timestamp() * 1000)


async def _body_of(request: web.Request) -> Json:
    if request.method == "GET":
        return {}
    try:
        body = json.loads(await request.read())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Refusal(400, 100, "the body is no JSON object", mistake=True)
    return body
