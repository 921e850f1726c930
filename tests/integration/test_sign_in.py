"""/sign-in, /sign-out, and how long a session lives."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import select, update

from bot.rates import LocalRates
from bot.storage.staff import set_password
from bot.storage.store import Store
from bot.storage.tables import staff, staff_session
from bot.web.address import network
from bot.web.app import build_app
from bot.web.desk.attempts import LIMIT, WINDOW, Attempts
from bot.web.doors import Doors
from tests.clock import Clock
from tests.integration.conftest import COOKIE, FORM_COOKIE, PASSWORD, PASSWORD_HASH, MakeClient, Person, csrf_in


async def attempt(client: TestClient, login: str, password: str, **fields: str) -> tuple[int, str, str]:
    """Try to sign in; returns (status, page, where to)."""
    async with client.get("/sign-in") as response:
        csrf = csrf_in(await response.text())
    data = {"csrf": csrf, "login": login, "password": password, **fields}
    async with client.post("/sign-in", data=data, allow_redirects=False) as response:
        return response.status, await response.text(), response.headers.get("Location", "")


async def test_whoever_is_not_signed_in_is_led_to_the_form_and_back(outsider: TestClient) -> None:
    async with outsider.get("/desk", allow_redirects=False) as response:
        assert response.status == 303
        assert response.headers["Location"] == "/sign-in?next=/desk"
    assert await attempt(outsider, "anna", PASSWORD, next="/desk") == (303, "303: See Other", "/desk")


async def test_a_wrong_login_and_a_wrong_password_look_the_same(outsider: TestClient) -> None:
    pages = []
    for login, password in (("anna", "wrong"), ("nobody", PASSWORD), ("anna", ""), ("an\x00na", PASSWORD)):
        status, page, _ = await attempt(outsider, login, password)
        assert status == 401
        pages.append(re.sub(r'value="[^"]*"| autofocus', "", page))
    assert len(set(pages)) == 1


@pytest.mark.parametrize(
    "wished",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "javascript:alert(1)",
        "/\t/evil",
        "desk",
        "",
    ],
)
async def test_nobody_is_sent_to_another_site(outsider: TestClient, wished: str) -> None:
    _, _, where = await attempt(outsider, "anna", PASSWORD, next=wished)
    assert where == "/desk"
    async with outsider.get("/sign-in", params={"next": wished}, allow_redirects=False) as response:
        assert response.headers["Location"] == "/desk"


async def test_guessing_is_stopped_for_the_login_and_the_address(outsider: TestClient) -> None:
    for number in range(LIMIT):
        assert (await attempt(outsider, "anna", f"guess {number}"))[0] == 401
    async with outsider.get("/sign-in") as response:
        csrf = csrf_in(await response.text())
    for login in ("anna", "ben"):  # the right password does not help now, nor another login from the same address
        data = {"csrf": csrf, "login": login, "password": PASSWORD}
        async with outsider.post("/sign-in", data=data, allow_redirects=False) as response:
            assert response.status == 429
            assert 0 < int(response.headers["Retry-After"]) <= WINDOW
            assert "Zu viele Versuche" in await response.text()
            assert COOKIE not in response.cookies


async def test_attempts_are_forgotten_after_the_window_and_forgiven_by_success() -> None:
    clock = Clock()
    attempts = Attempts(LocalRates(clock))
    for _ in range(LIMIT):
        assert await attempts.begin("192.0.2.1", "anna") == 0
    await attempts.succeeded("192.0.2.1", "anna")
    assert await attempts.begin("192.0.2.2", "anna") == 0
    assert await attempts.begin("192.0.2.1", "ben") == 0
    assert await attempts.begin("192.0.2.1", "ben") == WINDOW
    clock.now += WINDOW
    assert await attempts.begin("192.0.2.1", "ben") == 0


def test_an_ipv6_customer_counts_as_one_address() -> None:
    assert network("2001:db8::1") == network("2001:db8::ffff:1") != network("2001:db8:0:1::1")
    assert network("192.0.2.1") != network("192.0.2.2")


async def sessions(store: Store) -> list[str]:
    """The hashes of all sessions there are."""
    query = select(staff_session.c.token_hash)
    return list(await store.read(lambda connection: connection.execute(query).scalars().all()))


async def test_whoever_only_looks_or_fails_leaves_no_trace_in_the_database(outsider: TestClient, store: Store) -> None:
    for path in ("/sign-in", "/desk", "/desk/api/queue"):
        async with outsider.get(path) as response:
            assert COOKIE not in response.cookies
    assert (await attempt(outsider, "anna", "wrong"))[0] == 401
    assert await sessions(store) == []


async def test_the_session_token_changes_at_sign_in(anna: Person, store: Store, make_client: MakeClient) -> None:
    before = anna.cookie
    (first,) = await sessions(store)
    form = await make_client()
    async with form.get("/sign-in") as response:
        token, csrf = response.cookies[FORM_COOKIE].value, csrf_in(await response.text())
    data = {"csrf": csrf, "login": "anna", "password": PASSWORD}
    cookies = {"Cookie": f"{FORM_COOKIE}={token}; {COOKIE}={before}"}
    async with form.post("/sign-in", data=data, headers=cookies, allow_redirects=False) as response:
        after = response.cookies[COOKIE]
    assert after.value != before
    assert after["httponly"]
    assert after["samesite"] == "Lax"
    (second,) = await sessions(store)  # the first token opens nothing any more
    assert second != first
    assert after.value not in second
    assert (await anna.get("queue"))[0] == 401


async def test_behind_https_no_cookie_travels_in_the_clear(doors: Doors) -> None:
    web = doors.settings.web.model_copy(update={"secure_cookies": None})
    behind_https = replace(doors, settings=doors.settings.model_copy(update={"web": web}))
    async with TestClient(TestServer(build_app(behind_https, []))) as client:
        async with client.get("/sign-in") as response:
            form, csrf = response.cookies[f"__Host-{FORM_COOKIE}"], csrf_in(await response.text())
        assert (form["secure"], form["path"], form["domain"]) == (True, "/", "")  # else browsers refuse the name
        data = {"csrf": csrf, "login": "anna", "password": PASSWORD}
        cookies = {"Cookie": f"{form.key}={form.value}"}
        async with client.post("/sign-in", data=data, headers=cookies, allow_redirects=False) as response:
            assert response.cookies[COOKIE]["secure"]


async def test_forms_in_two_tabs_both_work(outsider: TestClient) -> None:
    async with outsider.get("/sign-in") as response:
        first = csrf_in(await response.text())
    assert (await attempt(outsider, "anna", "wrong"))[0] == 401
    data = {"csrf": first, "login": "anna", "password": PASSWORD}
    async with outsider.post("/sign-in", data=data, allow_redirects=False) as response:
        assert response.status == 303


async def test_signing_out_ends_the_session_for_good(anna: Person, make_client: MakeClient) -> None:
    token = anna.cookie
    async with anna.client.post("/sign-out", data={}, allow_redirects=False) as response:
        assert response.status == 403  # a forged sign-out
    async with anna.client.post("/sign-out", data={"csrf": anna.csrf}, allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (303, "/sign-in")
    thief = await make_client()
    async with thief.get("/desk/api/queue", headers={"Cookie": f"{COOKIE}={token}"}) as response:
        assert response.status == 401


async def test_a_changed_password_ends_every_session(anna: Person, store: Store) -> None:
    assert (await anna.get("queue"))[0] == 200
    await store.write(lambda connection: set_password(connection, 1, PASSWORD_HASH))
    assert (await anna.get("queue"))[0] == 401


async def test_whoever_is_deactivated_is_out_and_cannot_return(
    anna: Person, outsider: TestClient, store: Store
) -> None:
    gone = update(staff).where(staff.c.login == "anna").values(active=False)
    await store.write(lambda connection: connection.execute(gone) and None)
    assert (await anna.get("queue"))[0] == 401
    assert (await attempt(outsider, "anna", PASSWORD))[0] == 401


async def test_the_pages_speak_the_language_that_is_chosen(anna: Person, outsider: TestClient) -> None:
    async with outsider.get("/sign-in", headers={"Accept-Language": "en-GB,en;q=0.9"}) as response:
        assert "Password" in await response.text()
    async with anna.client.get("/desk") as response:
        assert '<html lang="de">' in await response.text()
    for wished, expected in (("en", "en"), ("xx", "en"), ("de", "de")):
        async with anna.client.post("/desk/language", data={"csrf": anna.csrf, "language": wished}) as response:
            assert f'<html lang="{expected}">' in await response.text()


async def test_what_was_typed_comes_back_harmless(outsider: TestClient) -> None:
    _, page, _ = await attempt(outsider, '"><script>alert(1)</script>', "x", next='"><script>')
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    async with outsider.get("/sign-in") as response:
        assert response.headers["Cache-Control"] == "no-store"
