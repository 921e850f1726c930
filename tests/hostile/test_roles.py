"""Every route, for everybody: who gets what, and that nobody gets another customer's words. A new route fails here until it has a line."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import Connection, func, select

from bot.storage import inbox
from bot.storage.staff import add_staff
from bot.storage.store import Store
from bot.storage.tables import message
from bot.web.app import build_app
from bot.web.doors import Doors
from tests.contract.storage.customers import answered
from tests.hostile.conftest import telegram_door
from tests.hostile.vendors import HOOK
from tests.integration.conftest import PASSWORD_HASH, make_client, open_case, sign_in

__all__ = ["make_client", "open_case", "sign_in"]

CANARY = "Kanarienvogel 4711"
ROLES = ("nobody", "visitor", "another", "editor", "agent", "admin")
FOR_ALL = (200,) * 6
DESK_API = (401, 401, 401, 403, 200, 200)
DESK_PAGE = (303, 303, 303, 303, 200, 200)
DESK_DEED = (403, 403, 403, 403, 200, 200)
DESK_FORM = (403, 403, 403, 403, 303, 303)
NO_SUCH = (403, 403, 403, 403, 404, 404)
NOT_MINE = (403, 403, 403, 403, 409, 409)  # nobody has claimed the case yet

STATUS: dict[tuple[str, str], tuple[int, ...]] = {
    ("GET", "/"): FOR_ALL,
    ("GET", "/healthz"): FOR_ALL,
    ("GET", "/metrics"): FOR_ALL,  # of this machine; tests/integration/test_metrics.py has the others
    ("GET", "/chat.js"): FOR_ALL,
    ("GET", "/accent.css"): FOR_ALL,
    ("GET", "/static/shared"): FOR_ALL,
    ("GET", "/static/chat"): FOR_ALL,
    ("GET", "/static/desk"): FOR_ALL,
    ("GET", "/static/answers"): FOR_ALL,
    ("GET", "/static/form"): FOR_ALL,
    ("GET", "/answers"): FOR_ALL,
    ("GET", "/answers/{slug}"): (404,) * 6,
    ("GET", "/contact"): (404,) * 6,  # without e-mail there is no form
    ("POST", "/contact"): (404,) * 6,
    ("GET", "/contact/sent"): (303,) * 6,
    ("GET", "/contact.js"): FOR_ALL,
    ("GET", "/chat/api/config"): FOR_ALL,
    ("OPTIONS", "/chat/api/{door}"): (204,) * 6,
    ("POST", "/chat/api/start"): (201,) * 6,
    ("POST", "/chat/api/messages"): (401, 202, 202, 401, 401, 401),
    ("GET", "/chat/api/transcript"): (401, 200, 200, 401, 401, 401),
    ("GET", "/chat/api/live"): (101,) * 6,  # the token comes in the first frame
    ("*", HOOK): (401,) * 6,
    ("GET", "/sign-in"): (200, 200, 200, 303, 303, 303),
    ("POST", "/sign-in"): (403,) * 6,
    ("POST", "/sign-out"): (403, 403, 403, 303, 303, 303),
    ("POST", "/desk/language"): (403, 403, 403, 303, 303, 303),
    ("GET", "/desk"): (303, 303, 303, 403, 200, 200),
    ("GET", "/desk/cases"): DESK_PAGE,
    ("GET", "/desk/cases/{id}"): DESK_PAGE,
    ("POST", "/desk/cases/{id}/urgency"): DESK_FORM,
    ("POST", "/desk/cases/{id}/right-answer"): DESK_FORM,
    ("GET", "/desk/uncertain"): DESK_PAGE,
    ("GET", "/desk/uncertain/{id}"): (303,) * 6,  # there is none: back to the list
    ("POST", "/desk/replies/{id}/arrived"): NO_SUCH,
    ("POST", "/desk/replies/{id}/send-again"): NO_SUCH,
    ("POST", "/desk/api/replies/{id}/arrived"): NO_SUCH,
    ("POST", "/desk/api/replies/{id}/send-again"): NO_SUCH,
    ("GET", "/desk/api/queue"): DESK_API,
    ("GET", "/desk/api/answers"): DESK_API,
    ("GET", "/desk/api/live"): (401, 401, 401, 403, 101, 101),
    ("GET", "/desk/api/cases/{id}"): DESK_API,
    ("GET", "/desk/api/attachments/{id}"): (401, 401, 401, 403, 404, 404),
    ("POST", "/desk/api/cases/{id}/claim"): DESK_DEED,
    ("POST", "/desk/api/cases/{id}/urgency"): DESK_DEED,
    ("POST", "/desk/api/cases/{id}/right-answer"): DESK_DEED,
    ("POST", "/desk/api/cases/{id}/link"): DESK_DEED,
    ("POST", "/desk/api/cases/{id}/unlink"): (403, 403, 403, 403, 409, 409),  # nobody has linked them
    ("GET", "/desk/cases/{id}/linked/{other}"): (303,) * 6,  # nothing is linked: back to the case
    ("POST", "/desk/api/cases/{id}/reply"): NOT_MINE,
    ("POST", "/desk/api/cases/{id}/resolve"): NOT_MINE,
    ("POST", "/desk/api/cases/{id}/back"): NOT_MINE,
}
SHOWS_CASES = ("/desk/cases", "/desk/api/queue", "/desk/api/cases")  # to agents and admins
FILES = {"shared": "tokens.css", "chat": "chat.css", "desk": "desk.css", "answers": "answers.css", "form": "form.css"}


@dataclass
class Somebody:
    """One of the cast: a browser, and what it sends along."""

    client: TestClient[Any, Any]
    headers: dict[str, str] = field(default_factory=dict)


@pytest.fixture
async def server(doors: Doors) -> AsyncIterator[TestServer]:
    """The web side with a door for every kind."""
    running = TestServer(build_app(doors, [telegram_door()]))
    await running.start_server()
    yield running
    await running.close()


@pytest.fixture
async def cast(make_client: Any, sign_in: Any, store: Store) -> dict[str, Somebody]:
    """Everybody in `ROLES`. The visitor has said what nobody else's business is."""

    def hire(connection: Any) -> None:
        add_staff(connection, login="ada", name="Ada", role="admin", password_hash=PASSWORD_HASH)

    await store.write(hire)
    found = {"nobody": Somebody(await make_client())}
    for role in ("visitor", "another"):
        client = await make_client()
        async with client.post("/chat/api/start", json={"language": "de"}) as response:
            token = (await response.json())["token"]
        found[role] = Somebody(client, {"Authorization": f"Bearer {token}"})
    body = {"client_id": str(uuid.uuid4()), "text": CANARY}
    async with found["visitor"].client.post("/chat/api/messages", json=body, headers=found["visitor"].headers) as said:
        assert said.status == 202
    await store.write(_settle)
    for role, login in (("editor", "edi"), ("agent", "anna"), ("admin", "ada")):
        person = await sign_in(login)
        found[role] = Somebody(person.client, {"X-CSRF-Token": person.csrf})
    return found


def _settle(connection: Connection) -> None:
    (taken,) = inbox.take(connection, 1)
    answered(taken.message)(connection)


def test_every_route_has_its_line(server: TestServer) -> None:
    routes = {(route.method, route.resource.canonical) for route in server.app.router.routes() if route.resource}
    assert {route for route in routes if route[0] != "HEAD"} == set(STATUS)
    assert {path for method, path in routes if method == "HEAD"} <= {path for method, path in STATUS if method == "GET"}


@pytest.mark.parametrize(("method", "route"), STATUS, ids=lambda part: str(part))
async def test_everybody_gets_what_is_theirs(
    method: str,
    route: str,
    cast: dict[str, Somebody],
    store: Store,
    open_case: Callable[..., Awaitable[int]],
) -> None:
    got = []
    for role in ROLES:
        case_id = await open_case(CANARY)
        message_id = await store.read(lambda c: c.execute(select(func.max(message.c.id))).scalar_one())
        path = (
            route.replace("{id}", str(case_id))
            .replace("{slug}", "nothing")
            .replace("{door}", "start")
            .replace("{other}", "1")
        )
        path += f"/{FILES[path.rpartition('/')[2]]}" if path.startswith("/static") else ""
        status, seen = await _try(
            cast[role],
            method,
            path,
            {"message": message_id, "answer": None, "case": case_id - 1, "conversation": 1},
        )
        got.append(status)
        allowed = role in ("agent", "admin") and route.startswith(SHOWS_CASES)
        own = role == "visitor" and route == "/chat/api/transcript"
        assert (CANARY in seen) <= (allowed or own), (role, method, route)
    assert tuple(got) == STATUS[method, route]


async def _try(somebody: Somebody, method: str, path: str, right_answer: dict[str, Any]) -> tuple[int, str]:
    """Do it as somebody would whose page does it; status, and everything that was told."""
    if path.endswith("/live"):
        return await _listen(somebody, path)
    content: dict[str, Any] = {}
    if method == "POST" and "/api/" in path:
        known = {"client_id": str(uuid.uuid4()), "text": "Hallo", "language": "de", "level": "high", "reason": "fraud"}
        known["since"] = "2026-11-01T08:00:00Z"
        content["json"] = {**known, **right_answer}
    elif method == "POST":
        message_id = str(right_answer["message"])
        content["data"] = {"urgency": "high.fraud", "message": message_id, "answer": "", "language": "de"}
        content["data"]["since"] = "2026-11-01T08:00:00Z"
    method = "POST" if method == "*" else method
    async with somebody.client.request(
        method, path, headers=somebody.headers, allow_redirects=False, **content
    ) as response:
        seen = await response.text() + str(response.headers)
        if method == "GET":
            async with somebody.client.head(path, headers=somebody.headers, allow_redirects=False) as head:
                assert head.status == response.status
        return response.status, seen


async def _listen(somebody: Somebody, path: str) -> tuple[int, str]:
    """Knock at a live door; what is told behind it has a test of its own."""
    try:
        async with somebody.client.ws_connect(path, origin=str(somebody.client.make_url("/")).rstrip("/")):
            return 101, ""
    except aiohttp.WSServerHandshakeError as refused:
        return refused.status, refused.message


async def test_over_the_live_door_a_visitor_hears_only_their_own(cast: dict[str, Somebody]) -> None:
    heard = {}
    for role in ("visitor", "another", "agent", "nobody"):
        token = next(iter(cast[role].headers.values()), "x").removeprefix("Bearer ")
        async with cast[role].client.ws_connect("/chat/api/live") as socket:
            await socket.send_json({"token": token, "after": 0})
            first = await socket.receive()
            heard[role] = str(first.data)
    assert CANARY in heard["visitor"]
    assert heard["another"].startswith('{"type": "items", "items": []')
    assert heard["agent"] == heard["nobody"] == "4401"
