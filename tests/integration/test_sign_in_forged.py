"""/sign-in and /sign-out, asked for by a page that is not ours."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.storage.schema import upgrade
from bot.storage.store import Store
from bot.web.app import build_app
from bot.web.doors import Doors
from tests.integration.conftest import COOKIE, FORM_COOKIE, PASSWORD, MakeClient, Person, csrf_in


@pytest.mark.parametrize(
    ("cookie", "field"),
    [
        (None, None),
        (None, "{token}"),  # a page of the attacker's own, without the cookie
        ("{token}", None),
        ("{token}", ""),
        ("{token}", "x" * 32),
        ("{token}", "{token}x"),
        ("{token}", "{other}"),
        ("", ""),
        (".", "."),
        ("planted", "planted"),  # the same twice is not enough: it must have been signed here
        ("planted.{signature}", "planted.{signature}"),
    ],
)
async def test_a_forged_sign_in_is_refused(make_client: MakeClient, cookie: str | None, field: str | None) -> None:
    known = {}
    for name in ("token", "other"):
        async with (await make_client()).get("/sign-in") as response:
            known[name] = csrf_in(await response.text())
    known["signature"] = known["token"].partition(".")[2]
    data = {"login": "anna", "password": PASSWORD}
    if field is not None:
        data["csrf"] = field.format(**known)
    headers = {} if cookie is None else {"Cookie": f"{FORM_COOKIE}={cookie.format(**known)}"}
    async with (await make_client()).post("/sign-in", data=data, headers=headers, allow_redirects=False) as response:
        assert response.status == 403
        assert COOKIE not in response.cookies


async def answer_to_a_form_of(elsewhere: TestClient, doors: Doors) -> int:
    """What another process says to a form that was shown elsewhere."""
    async with elsewhere.get("/sign-in") as response:
        token = csrf_in(await response.text())
    data = {"csrf": token, "login": "anna", "password": PASSWORD}
    headers = {"Cookie": f"{FORM_COOKIE}={token}"}
    async with (
        TestClient(TestServer(build_app(doors, []))) as other,
        other.post("/sign-in", data=data, headers=headers, allow_redirects=False) as response,
    ):
        return response.status


async def test_a_form_of_one_process_is_taken_by_another_of_the_same_database(
    outsider: TestClient, doors: Doors
) -> None:
    assert await answer_to_a_form_of(outsider, doors) == 303


async def test_a_form_of_another_front_line_is_refused(outsider: TestClient, doors: Doors, tmp_path: Path) -> None:
    another = Store(f"sqlite:///{tmp_path / 'another.db'}")
    upgrade(another.engine)
    assert await answer_to_a_form_of(outsider, replace(doors, store=another)) == 403
    another.close()


async def test_a_form_token_is_no_token_of_a_session(anna: Person, make_client: MakeClient) -> None:
    async with (await make_client()).get("/sign-in") as response:
        token = csrf_in(await response.text())
    headers = {"Cookie": f"{COOKIE}={anna.cookie}; {FORM_COOKIE}={token}"}
    async with (await make_client()).post("/sign-out", data={"csrf": token}, headers=headers) as response:
        assert response.status == 403
    assert (await anna.get("queue"))[0] == 200


@pytest.mark.parametrize("path", [b"/sign-in", b"/sign-out"])
async def test_bytes_that_are_no_text_are_no_token(server: TestServer, path: bytes) -> None:
    reader, writer = await asyncio.open_connection(server.host, server.port)
    head = b"Host: x\r\nContent-Length: 0\r\nConnection: close\r\nX-CSRF-Token: \xff\r\n"
    head += b"Cookie: frontline_sign_in=\xff.\xff; frontline_staff=\xff"
    writer.write(b"POST %s HTTP/1.1\r\n%s\r\n\r\n" % (path, head))
    assert (await reader.readline()).startswith(b"HTTP/1.1 403 ")
    writer.close()
