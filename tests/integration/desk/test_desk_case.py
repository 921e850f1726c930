"""/desk/api/cases/<id>: what agents see of a case, and what they do with it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from bot.domain.reply import Reply, ReplyKind
from bot.storage import outbox
from bot.storage.store import Store
from bot.storage.tables import reply
from tests.integration.conftest import Person

NASTY = "</script><img src=x onerror=alert(1)>\u202e<b>"


async def test_a_case_shows_why_it_is_here_and_how_the_bot_read_it(anna: Person, open_case: Any) -> None:
    case_id = await open_case("Mein Geld ist weg")
    _, shown = await anna.get(f"cases/{case_id}")
    assert {"label": "Worum es geht", "text": "Betrug"} in shown["case"]["why"]
    assert {"label": "Worte, die dafür sprechen", "text": "„Geld ist weg“"} in shown["case"]["why"]
    assert shown["conversation"] == {
        "id": 1,
        "owner": "bot",
        "epoch": 0,
        "language": "de",
        "contact": None,
        "public": False,
        "closes_at": None,
    }
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


@pytest.mark.parametrize(("kind", "told"), [(ReplyKind.BOT, 1), (ReplyKind.AGENT, 0)])  # a colleague's is no surprise
async def test_what_had_started_before_the_claim_is_shown(
    anna: Person, store: Store, open_case: Any, kind: ReplyKind, told: int
) -> None:
    case_id = await open_case()
    await store.write(lambda connection: outbox.queue_reply(connection, 1, 0, Reply(kind, "Hallo")))
    await store.write(lambda connection: outbox.start(connection, 1))
    await anna.post(f"cases/{case_id}/claim")
    assert (await anna.get(f"cases/{case_id}"))[1]["under_way"] == told


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


@pytest.mark.parametrize(
    ("case_id", "status"),
    [("0", 404), ("999", 404), ("abc", 400), ("1.5", 400), ("-1", 400), ("9" * 30, 400), ("٣", 400)],
)
async def test_unknown_and_impossible_cases(anna: Person, case_id: str, status: int) -> None:
    assert (await anna.get(f"cases/{case_id}"))[0] == status
    assert (await anna.post(f"cases/{case_id}/claim"))[0] == status
