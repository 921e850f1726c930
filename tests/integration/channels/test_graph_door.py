"""The door Meta calls, in the whole front line: only Meta gets in, and whatever it brings is kept once."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from aiohttp import ClientSession

from bot.assembly import FrontLine
from bot.storage.tables import event, message
from tests.fakes.graph import FakeGraph, signed, wire
from tests.fakes.graph_pages import Page
from tests.integration.channels.living import reasons, rows

ZOE = "6254857711234567"
SAID = {
    "object": "page",
    "entry": [
        {
            "id": "4711",
            "time": 1,
            "messaging": [
                {
                    "sender": {"id": ZOE},
                    "recipient": {"id": "4711"},
                    "timestamp": 1795000000000,
                    "message": {"mid": "m_1", "text": "Größe 42, bitte 😀 https://a.example/ü"},
                }
            ],
        }
    ],
}


async def post(graph: FakeGraph, body: bytes, headers: dict[str, str]) -> int:
    async with ClientSession() as session, session.post(graph.webhook, data=body, headers=headers) as answer:
        return answer.status


async def texts(house: FrontLine) -> list[Any]:
    return [text for (text,) in await rows(house, message.c.text)]


async def test_the_bytes_are_what_is_signed_however_they_are_written(house: FrontLine, graph: FakeGraph) -> None:
    written = [wire(SAID), json.dumps(SAID, ensure_ascii=False, indent=1).encode()]
    assert rb"\ud83d\ude00" in written[0]
    assert rb"https:\/\/a.example" in written[0]
    for body in written:
        assert await post(graph, body, {"X-Hub-Signature-256": signed(body)}) == 200
    assert await texts(house) == ["Größe 42, bitte 😀 https://a.example/ü"]


async def test_what_is_not_signed_by_meta_is_refused(house: FrontLine, graph: FakeGraph) -> None:
    body = wire(SAID)
    right = signed(body)
    forged = ["", "sha256=", right.removeprefix("sha256="), right.upper(), right[:-1], right + "0", "sha1=" + right[7:]]
    forged += [signed(body, "another secret"), signed(json.dumps(SAID).encode()), "sha256=ß"]
    for given in forged:
        assert await post(graph, body, {"X-Hub-Signature-256": given}) == 401, given
    assert await post(graph, body, {"X-Hub-Signature": right}) == 401
    assert await post(graph, body[:-1], {"X-Hub-Signature-256": right}) == 401
    assert await post(graph, body.replace(b"42", b"43"), {"X-Hub-Signature-256": right}) == 401
    assert await rows(house, event.c.id) == []


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b"{}", b'{"object":"page"}', b'{"entry":{}}', b"\xff", b"[" * 100_000]
)
async def test_what_is_signed_and_no_batch_is_malformed(house: FrontLine, graph: FakeGraph, body: bytes) -> None:
    assert await post(graph, body, {"X-Hub-Signature-256": signed(body)}) == 400


async def test_a_request_that_is_played_again_changes_nothing(house: FrontLine, graph: FakeGraph) -> None:
    body = wire(SAID)
    statuses = [await post(graph, body, {"X-Hub-Signature-256": signed(body)}) for _ in range(3)]
    assert statuses == [200, 200, 200]
    assert len(await rows(house, event.c.id)) == 1


async def test_the_door_is_shown_to_whoever_knows_the_verify_token(house: FrontLine, graph: FakeGraph) -> None:
    here = graph.webhook
    assert await graph.subscribe(here)
    assert not await graph.subscribe(here, "guessed")
    assert not await graph.subscribe(here, "")
    async with ClientSession() as session:
        for query in ({}, {"hub.mode": "unsubscribe"}, {"hub.mode": "subscribe", "hub.challenge": "<script>"}):
            async with session.get(here, params=query) as answer:
                assert answer.status == 401
                assert "<script>" not in await answer.text()


async def test_a_batch_of_a_thousand_is_kept_whole_delivered_twice_and_shuffled(
    house: FrontLine, graph: FakeGraph, page: Page
) -> None:
    for number in range(900):
        page.messenger.says(f"10{number:06}", f"Frage {number}: Straße überprüft? 😀")
    for number in range(100):
        page.writes(f"20{number:06}", f"Kommentar {number}")
    assert [len(body["entry"]) for body in graph.batches()] == [1000]
    assert await graph.push(times=2, shuffled=random.Random(1)) == [200, 200]
    found = await rows(house, message.c.text)
    assert len(found) == 1000
    assert ("Frage 899: Straße überprüft? 😀",) in found


async def test_of_pages_that_are_not_ours_it_is_kept_that_they_wrote_and_not_what(
    house: FrontLine, graph: FakeGraph
) -> None:
    graph.notify("page", "9999", {"messaging": [{**SAID["entry"][0]["messaging"][0], "recipient": {"id": "9999"}}]})
    graph.notify("permissions", "1", {"changed_fields": ["email"]})
    assert await graph.push() == [200, 200]
    assert await reasons(house) == ["not set up here: page 9999", "unknown object: permissions"]
    assert "Größe" not in str(await rows(house, event.c.raw))
