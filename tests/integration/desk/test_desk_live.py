"""/desk/api/live: hints for whoever is signed in, and for nobody else."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest
from aiohttp import ClientSession, TCPConnector, WSMsgType, WSServerHandshakeError
from aiohttp.test_utils import TestServer
from sqlalchemy import update

from bot.storage.staff import set_password
from bot.storage.store import Store
from bot.storage.tables import staff
from bot.web import pages
from bot.web.desk import live
from bot.web.doors import Doors
from tests.integration.conftest import COOKIE, Person


def origin_of(person: Person) -> str:
    return str(person.client.make_url("/").origin())


async def test_hints_arrive_with_nothing_but_what_changed(
    anna: Person, ben: Person, doors: Doors, open_case: Any
) -> None:
    case_id = await open_case("geheim")
    async with anna.client.ws_connect("/desk/api/live", origin=origin_of(anna)) as socket:
        await ben.post(f"cases/{case_id}/claim")
        frames = [await socket.receive_json(timeout=5) for _ in range(2)]
        assert frames == [{"type": "queue"}, {"type": "case", "id": case_id}]
        doors.live.tell("desk", "conversation:1")
        assert await socket.receive_json(timeout=5) == {"type": "conversation", "id": 1}
        doors.live.tell("desk", "typing:1")
        assert await socket.receive_json(timeout=5) == {"type": "typing", "id": case_id}
        await socket.send_str("not JSON")  # the page has nothing to say; saying it anyway harms nobody
        doors.live.tell("desk", "nonsense")
        doors.live.tell("desk", "conversation:none")
        doors.live.tell("desk", "queue")
        assert await socket.receive_json(timeout=5) == {"type": "queue"}


@pytest.mark.parametrize("origin", [None, "https://evil.example", "null", "http://127.0.0.1.evil.example"])
async def test_other_sites_cannot_listen_with_our_cookie(anna: Person, origin: str | None) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        await anna.client.ws_connect("/desk/api/live", origin=origin)
    assert refused.value.status == 403


async def test_the_public_address_is_ours_too(anna: Person) -> None:
    async with anna.client.ws_connect("/desk/api/live", origin="https://help.example") as socket:
        assert not socket.closed


async def _closed(socket: Any) -> int | None:
    while (frame := await socket.receive(timeout=5)).type is WSMsgType.TEXT:
        pass
    assert frame.type in (WSMsgType.CLOSE, WSMsgType.CLOSED)
    return socket.close_code


async def test_the_line_is_cut_when_the_agent_signs_out(anna: Person) -> None:
    async with anna.client.ws_connect("/desk/api/live", origin=origin_of(anna)) as socket:
        async with anna.client.post("/sign-out", data={"csrf": anna.csrf}) as response:
            assert response.status == 200
        assert await _closed(socket) == live.SIGNED_OUT


@pytest.mark.parametrize("how", ["deactivated", "another role", "password"])
async def test_the_line_is_cut_when_the_session_is_no_longer_valid(
    anna: Person, store: Store, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert live.RECHECK_AFTER <= 30
    monkeypatch.setattr(live, "RECHECK_AFTER", 0.05)
    async with anna.client.ws_connect("/desk/api/live", origin=origin_of(anna)) as socket:
        if how == "password":
            await store.write(lambda connection: set_password(connection, 1, "another"))
        else:
            values = {"active": False} if how == "deactivated" else {"role": "editor"}
            changed = update(staff).where(staff.c.login == "anna").values(**values)
            await store.write(lambda connection: connection.execute(changed) and None)
        assert await _closed(socket) == live.SIGNED_OUT


def _deaf(info: tuple[Any, ...]) -> socket.socket:
    """A line that takes next to nothing."""
    line = socket.socket(*info[:3])
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    return line


async def test_a_page_that_does_not_take_what_it_is_told_is_let_go_and_the_others_hear_all(
    anna: Person, ben: Person, doors: Doors, server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MOST_HINTS", 100)
    here, opened = str(server.make_url("/desk/api/live")), server.app[live.PAGES].open
    browser = ClientSession(connector=TCPConnector(socket_factory=_deaf), cookies={COOKIE: anna.cookie})
    async with (
        browser,
        ben.client.ws_connect("/desk/api/live", origin=origin_of(ben)) as attentive,
        browser.ws_connect(here, origin=origin_of(anna)),
    ):
        while len(opened) < 2:
            await asyncio.sleep(0.01)
        first = told = 10**4000  # long frames fill what the system keeps for a connection sooner
        while len(opened) == 2:
            told += 1
            doors.live.tell("desk", f"conversation:{told}")
            assert (await attentive.receive_json(timeout=60))["id"] == told
        assert told - first > pages.MOST_HINTS
