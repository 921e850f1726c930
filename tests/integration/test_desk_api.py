"""/desk and /desk/api: what agents see and do, and what nobody else does."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from aiohttp import WSMsgType, WSServerHandshakeError
from aiohttp.test_utils import TestClient
from sqlalchemy import select, update

from bot.domain.reading import Urgency
from bot.storage.staff import set_password
from bot.storage.store import Store
from bot.storage.tables import case, conversation, reply, staff
from bot.web.desk import live
from bot.web.doors import Doors
from tests.integration.conftest import Person

NASTY = "</script><img src=x onerror=alert(1)>\u202e<b>"
READS = ["queue", "cases/1", "live"]
ACTS = ["cases/1/claim", "cases/1/reply", "cases/1/resolve", "cases/1/back"]


async def test_the_queue_is_ordered_by_urgency_then_waiting_time(anna: Person, open_case: Any) -> None:
    low = await open_case("Danke", Urgency.LOW, channel="telegram")
    first = await open_case("Rechnung", Urgency.NORMAL, channel="web")
    second = await open_case("Rechnung", Urgency.NORMAL, channel="telegram")
    emergency = await open_case("Notruf", Urgency.EMERGENCY, channel="web")
    status, queue = await anna.get("queue")
    assert status == 200
    assert [row["id"] for row in queue["cases"]] == [emergency, first, second, low]
    assert queue["me"] == {"id": 1, "name": "Anna Kowalski", "role": "agent"}
    row = queue["cases"][0]
    assert {"id", "state", "urgency", "reason", "opening", "opened_at", "staff", "mine", "language", "channel"} <= set(
        row
    )
    assert (row["urgency"], row["state"], row["staff"], row["mine"]) == ("emergency", "waiting", None, False)


async def test_a_case_shows_why_it_is_here_and_how_the_bot_read_it(anna: Person, open_case: Any) -> None:
    case_id = await open_case("Mein Geld ist weg")
    _, shown = await anna.get(f"cases/{case_id}")
    assert {"label": "Worum es geht", "text": "Betrug"} in shown["case"]["why"]
    assert {"label": "Worte, die dafür sprechen", "text": "„Geld ist weg“"} in shown["case"]["why"]
    assert shown["conversation"] == {"owner": "bot", "epoch": 0, "language": "de", "contact": None}
    (item,) = shown["items"]
    assert (item["from"], item["text"], item["state"], item["brain"]) == (
        "customer",
        "Mein Geld ist weg",
        "with_agent",
        "local",
    )
    assert item["reading"]["candidates"] == [{"answer_id": "bill-higher", "title": "bill-higher", "confidence": 0.62}]
    assert item["reading"]["urgency"] == {"level": "high", "reason": "fraud", "words": ["Geld ist weg"]}
    assert [event["kind"] for event in shown["events"]] == ["opened"]


async def test_strange_evidence_is_shown_rather_than_failed_on(anna: Person, open_case: Any) -> None:
    facts = {
        "fault": {"since": "Dienstag", "scope": None},
        "novel": [1, {"a": "<b>"}],
        "contact": "0151 234",
        "words": 7,
    }
    _, shown = await anna.get(f"cases/{await open_case(evidence=facts)}")
    labels = {line["label"]: line["text"] for line in shown["case"]["why"]}
    assert labels == {"Gestört seit": "Dienstag", "novel": '[1, {"a": "<b>"}]', "Worte, die dafür sprechen": "„7“"}
    assert shown["conversation"]["contact"] == "0151 234"


async def test_claim_reply_resolve(anna: Person, store: Store, open_case: Any) -> None:
    case_id = await open_case()
    status, shown = await anna.post(f"cases/{case_id}/claim")
    assert (status, shown["case"]["mine"], shown["conversation"]["owner"]) == (200, True, "agent")
    body = {"client_id": "a" * 32, "text": "  Ich kümmere mich.  "}
    assert await anna.post(f"cases/{case_id}/reply", body) == (202, {"client_id": "a" * 32})
    assert (await anna.post(f"cases/{case_id}/reply", body))[0] == 202  # sent again: the same reply
    rows = await store.read(lambda connection: connection.execute(select(reply)).all())
    assert [(row.text, row.kind, row.author, row.state) for row in rows] == [
        ("Ich kümmere mich.", "agent", "Anna Kowalski", "queued")
    ]
    status, shown = await anna.post(f"cases/{case_id}/resolve")
    assert (status, shown["case"]["state"], shown["conversation"]["owner"]) == (200, "resolved", "bot")
    assert [event["kind"] for event in shown["events"]] == ["opened", "claimed", "resolved"]
    _, queue = await anna.get("queue")
    assert ([], [case_id]) == (queue["cases"], [row["id"] for row in queue["closed"]])


async def test_back_to_the_bot(anna: Person, open_case: Any) -> None:
    case_id = await open_case()
    await anna.post(f"cases/{case_id}/claim")
    status, shown = await anna.post(f"cases/{case_id}/back")
    assert (status, shown["case"]["state"], shown["conversation"]["owner"]) == (200, "returned", "bot")


async def test_of_two_claims_at_once_one_wins_and_the_other_learns_who(
    anna: Person, ben: Person, open_case: Any
) -> None:
    for _ in range(5):
        case_id = await open_case()
        answers = await asyncio.gather(anna.post(f"cases/{case_id}/claim"), ben.post(f"cases/{case_id}/claim"))
        assert sorted(status for status, _ in answers) == [200, 409]
        (refusal,) = [body for status, body in answers if status == 409]
        expected = {"Ben Okafor hat diesen Fall.", "Anna Kowalski has this case."}
        assert refusal["error"] in expected
        assert refusal["error"].startswith(refusal["staff"])


@pytest.mark.parametrize("act", ["reply", "resolve", "back"])
async def test_nobody_acts_on_a_case_of_somebody_else(
    anna: Person, ben: Person, store: Store, open_case: Any, act: str
) -> None:
    case_id, body = await open_case(), {"client_id": "b", "text": "Hallo"}
    status, refusal = await ben.post(f"cases/{case_id}/{act}", body)
    assert (status, refusal["error"]) == (409, "Claim this case first.")
    await anna.post(f"cases/{case_id}/claim")
    status, refusal = await ben.post(f"cases/{case_id}/{act}", body)
    assert (status, refusal["error"]) == (409, "Anna Kowalski has this case.")
    await anna.post(f"cases/{case_id}/resolve")
    status, refusal = await ben.post(f"cases/{case_id}/{act}", body)
    assert (status, refusal["error"]) == (409, "This case is closed already.")
    assert await store.read(lambda connection: connection.execute(select(reply)).all()) == []


async def test_what_had_started_before_the_claim_is_shown(anna: Person, store: Store, open_case: Any) -> None:
    case_id = await open_case()
    await anna.post(f"cases/{case_id}/claim")
    await anna.post(f"cases/{case_id}/reply", {"client_id": "c", "text": "Hallo"})
    await store.write(lambda connection: connection.execute(update(reply).values(state="sending")) and None)
    assert (await anna.get(f"cases/{case_id}"))[1]["under_way"] == 0  # an agent's own reply is no surprise
    await store.write(lambda connection: connection.execute(update(reply).values(kind="bot")) and None)
    assert (await anna.get(f"cases/{case_id}"))[1]["under_way"] == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ([], 400),
        ("text", 400),
        ({"client_id": "x"}, 400),
        ({"text": "x"}, 400),
        ({"client_id": 1, "text": "x"}, 400),
        ({"client_id": "x" * 65, "text": "x"}, 400),
        ({"client_id": "a b", "text": "x"}, 400),
        ({"client_id": "", "text": "x"}, 400),
        ({"client_id": "x", "text": ["x"]}, 400),
        ({"client_id": "x", "text": None}, 400),
        ({"client_id": {"$ne": 1}, "text": "x"}, 400),
        ({"client_id": "x", "text": "   "}, 400),
        ({"client_id": "x", "text": "\x00\u202e"}, 400),
        ({"client_id": "x", "text": "x" * 20_001}, 413),
        ({"client_id": "x", "text": "x" * 400_000}, 413),
    ],
)
async def test_malformed_replies_are_refused_with_a_reason(
    anna: Person, open_case: Any, body: Any, status: int
) -> None:
    case_id = await open_case()
    await anna.post(f"cases/{case_id}/claim")
    got, refusal = await anna.post(f"cases/{case_id}/reply", body)
    assert got == status
    assert refusal["error"]


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"1" * 5000, b'{"client_id":"x","text":"\\ud800"}']
)
async def test_what_is_not_json_is_no_accident(anna: Person, open_case: Any, raw: bytes) -> None:
    case_id = await open_case()
    await anna.post(f"cases/{case_id}/claim")
    headers = {"X-CSRF-Token": anna.csrf, "Content-Type": "application/json"}
    async with anna.client.post(f"/desk/api/cases/{case_id}/reply", data=raw, headers=headers) as response:
        assert response.status in (202, 400)  # a lone surrogate is replaced, the rest refused


@pytest.mark.parametrize(
    ("case_id", "status"),
    [("0", 404), ("999", 404), ("abc", 400), ("1.5", 400), ("-1", 400), ("9" * 30, 400), ("٣", 400)],
)
async def test_unknown_and_impossible_cases(anna: Person, case_id: str, status: int) -> None:
    assert (await anna.get(f"cases/{case_id}"))[0] == status
    assert (await anna.post(f"cases/{case_id}/claim"))[0] == status


# --- who may not ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", READS)
async def test_an_outsider_and_an_editor_see_nothing(
    outsider: TestClient, editor: Person, open_case: Any, path: str
) -> None:
    await open_case("geheim")
    async with outsider.get(f"/desk/api/{path}", allow_redirects=False) as response:
        assert response.status == 401
        assert "geheim" not in await response.text()
    status, body = await editor.get(path)
    assert status == 403
    assert "geheim" not in json.dumps(body)


@pytest.mark.parametrize("path", ACTS)
async def test_an_outsider_and_an_editor_do_nothing(
    outsider: TestClient, editor: Person, store: Store, open_case: Any, path: str
) -> None:
    await open_case()
    body = {"client_id": "x", "text": "Hallo"}
    async with outsider.post(f"/desk/api/{path}", json=body, headers={"X-CSRF-Token": "x"}) as response:
        assert response.status in (401, 403)
    assert (await editor.post(path, body))[0] == 403
    rows = await store.read(lambda connection: connection.execute(select(case.c.state, case.c.staff_id)).all())
    assert [tuple(row) for row in rows] == [("waiting", None)]


async def test_an_editor_gets_a_page_that_says_why_not(editor: Person) -> None:
    async with editor.client.get("/desk") as response:
        assert response.status == 403
        assert "Edi Tor" in await response.text()


@pytest.mark.parametrize("path", ACTS)
async def test_without_the_token_of_the_session_nothing_happens(
    anna: Person, ben: Person, store: Store, open_case: Any, path: str
) -> None:
    await open_case()
    for headers in ({}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": ben.csrf}):
        async with anna.client.post(
            f"/desk/api/{path}", json={"client_id": "x", "text": "x"}, headers=headers
        ) as response:
            assert response.status == 403
    owners = await store.read(lambda connection: connection.execute(select(conversation.c.owner)).scalars().all())
    assert owners == ["bot"]


async def test_what_customers_write_stays_text(anna: Person, open_case: Any) -> None:
    case_id = await open_case(NASTY)
    async with anna.client.get(f"/desk/api/cases/{case_id}") as response:
        assert response.content_type == "application/json"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Cache-Control"] == "no-store"
        shown = await response.json()
    assert (
        shown["items"][0]["text"] == NASTY
    )  # accepted here without the door's cleaning: told as text, never as markup
    assert shown["items"][0]["html"] is None
    async with anna.client.get("/desk") as response:
        assert "onerror" not in await response.text()


async def test_the_page_cannot_be_broken_out_of_by_a_name(anna: Person, store: Store) -> None:
    renamed = update(staff).where(staff.c.login == "anna").values(name="</script><script>alert(1)</script>")
    await store.write(lambda connection: connection.execute(renamed) and None)
    async with anna.client.get("/desk") as response:
        assert "<script>alert" not in await response.text()


# --- live ----------------------------------------------------------------------------------------------------


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
        assert await socket.receive_json(timeout=5) == {"type": "case", "id": case_id}
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
