"""/desk/api/replies/<id>/send-again and /arrived: agents settle what became of a reply that may have arrived."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.domain.reply import Reply, ReplyKind, ReplyState
from bot.storage import outbox
from bot.storage.store import Store
from bot.storage.tables import conversation, reply
from tests import doubts
from tests.integration.conftest import Person
from tests.integration.desk.test_desk_live import origin_of

ACTS = ("send-again", "arrived")
Doubt = Callable[[], Awaitable[int]]


@pytest.fixture
def doubt(store: Store, open_case: Any) -> Doubt:
    """Opens a case in whose conversation the send of a reply breaks off; returns the case, of which the reply has the number."""

    async def make() -> int:
        case_id: int = await open_case(channel="telegram")
        assert await store.write(lambda c: doubts.doubt(c, case_id)) == case_id
        return case_id

    return make


async def since(person: Person, case_id: int) -> str:
    """Since when the reply of a case has been uncertain, as the desk is told."""
    _, shown = await person.get(f"cases/{case_id}")
    return str(shown["items"][-1]["uncertain_since"])


async def settle(person: Person, number: int, act: str) -> tuple[int, Any]:
    """Settle a reply as the case shows it."""
    answer: tuple[int, Any] = await person.post(f"replies/{number}/{act}", {"since": await since(person, number)})
    return answer


async def states(store: Store) -> list[str]:
    return await store.read(lambda c: list(c.execute(select(reply.c.state).order_by(reply.c.id)).scalars()))


async def test_sent_again_it_goes_out_and_the_desk_tells_by_whose_word(
    anna: Person, store: Store, doubt: Doubt
) -> None:
    number = await doubt()
    assert await settle(anna, number, "send-again") == (200, {"told": "Wird noch einmal gesendet."})
    item = (await anna.get(f"cases/{number}"))[1]["items"][-1]
    assert (item["state"], item["why"], item["uncertain_since"]) == ("queued", "noch einmal, durch Anna Kowalski", None)
    assert (await anna.get("queue"))[1]["uncertain"] == 0
    started = await store.write(lambda c: outbox.start(c, 5))
    assert [one.outgoing.id for one in started] == [number]


async def test_it_arrived_by_an_agents_word(ben: Person, store: Store, doubt: Doubt) -> None:
    number = await doubt()
    assert await settle(ben, number, "arrived") == (200, {"told": "Noted: it arrived."})
    item = (await ben.get(f"cases/{number}"))[1]["items"][-1]
    assert (item["state"], item["why"]) == ("sent", "arrived, says Ben Okafor")
    assert await store.write(lambda c: outbox.start(c, 5)) == []


@pytest.mark.parametrize("second", ACTS)
@pytest.mark.parametrize(
    ("first", "told"),
    [
        ("send-again", "Anna Kowalski has sent this reply again already."),
        ("arrived", "Anna Kowalski has noted already that this reply arrived."),
    ],
)
async def test_who_is_second_reads_in_their_language_what_the_first_did(
    anna: Person, ben: Person, store: Store, doubt: Doubt, first: str, told: str, second: str
) -> None:
    number = await doubt()
    seen = {"since": await since(ben, number)}
    await anna.post(f"replies/{number}/{first}", seen)
    before = await states(store)
    assert await ben.post(f"replies/{number}/{second}", seen) == (409, {"error": told})
    assert await states(store) == before


async def test_a_page_of_before_sends_nothing_a_third_time(
    anna: Person, ben: Person, store: Store, doubt: Doubt
) -> None:
    number = await doubt()
    seen = {"since": await since(ben, number)}
    await anna.post(f"replies/{number}/send-again", seen)
    await store.write(lambda c: doubts.break_off(c, number))
    status, refusal = await ben.post(f"replies/{number}/send-again", seen)
    assert (status, refusal["error"]) == (409, "Anna Kowalski has sent this reply again already.")
    assert await states(store) == ["uncertain"]
    assert (await settle(ben, number, "send-again"))[0] == 200


async def test_any_agent_may_whoever_has_the_case_and_when_it_is_closed(
    anna: Person, ben: Person, doubt: Doubt
) -> None:
    number = await doubt()
    await anna.post(f"cases/{number}/claim")
    assert (await settle(ben, number, "send-again"))[0] == 200
    number = await doubt()
    await anna.post(f"cases/{number}/claim")
    await anna.post(f"cases/{number}/resolve")
    _, shown = await ben.get(f"cases/{number}")
    place = next(item for item in shown["items"] if item["id"] == number and item["from"] == "bot")
    assert (await ben.post(f"replies/{number}/arrived", {"since": place["uncertain_since"]}))[0] == 200


async def test_who_has_blocked_us_gets_nothing_and_the_agent_is_told(anna: Person, store: Store, doubt: Doubt) -> None:
    number = await doubt()
    await store.write(lambda c: c.execute(update(conversation).values(blocked=True)) and None)
    told = {"told": "Nicht gesendet: Der Kunde hat uns blockiert."}
    assert await settle(anna, number, "send-again") == (200, told)
    assert await states(store) == ["failed"]


async def test_open_desks_are_told_at_once_also_of_a_closed_case(anna: Person, ben: Person, doubt: Doubt) -> None:
    number = await doubt()
    await ben.post(f"cases/{number}/claim")
    await ben.post(f"cases/{number}/back")
    async with anna.client.ws_connect("/desk/api/live", origin=origin_of(anna)) as socket:
        await settle(ben, number, "send-again")
        wanted = [{"type": "queue"}, {"type": "conversation", "id": number}]
        while wanted:
            frame = await socket.receive_json(timeout=5)  # what happened just before may still be told
            wanted = [other for other in wanted if other != frame]


async def test_only_what_is_uncertain_can_be_settled(anna: Person, store: Store, open_case: Any) -> None:
    number = await open_case(channel="telegram")
    await store.write(lambda c: outbox.queue_reply(c, number, 0, Reply(ReplyKind.BOT, "Hallo")))
    (started,) = await store.write(lambda c: outbox.start(c, 1))
    await store.write(lambda c: outbox.settle_send(c, started, ReplyState.SENT))
    body = {"since": (await store.read(lambda c: doubts.since(c, number))).isoformat()}
    for act in ACTS:
        status, refusal = await anna.post(f"replies/{number}/{act}", body)
        assert (status, refusal["error"]) == (409, "Bei dieser Antwort ist nichts zu entscheiden.")
    item = (await anna.get(f"cases/{number}"))[1]["items"][-1]
    assert (item["state"], item["uncertain_since"]) == ("sent", None)


async def test_an_agents_own_reply_can_be_settled_too(anna: Person, store: Store, open_case: Any) -> None:
    number = await open_case(channel="telegram")
    await store.write(lambda c: doubts.doubt(c, number, ReplyKind.AGENT, staff_id=2))
    assert (await settle(anna, number, "send-again"))[0] == 200


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize(("reply_id", "status"), [("99", 404), ("x", 400), ("-1", 400), ("²", 400), ("9" * 30, 400)])
async def test_there_is_no_such_reply(anna: Person, doubt: Doubt, act: str, reply_id: str, status: int) -> None:
    body = {"since": await since(anna, await doubt())}
    assert (await anna.post(f"replies/{reply_id}/{act}", body))[0] == status


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"since": None},
        {"since": 5},
        {"since": ""},
        {"since": "gestern"},
        {"since": "0001-01-01T00:00:00+23:59"},
        {"since": "9999-12-31T23:59:59-23:59"},
        {"since": "2026-11-01T00:00:00+00:00" * 1000},
        {"since": {"$gt": ""}},
    ],
)
async def test_without_the_doubt_that_was_seen_nothing_happens(
    anna: Person, store: Store, doubt: Doubt, body: Any
) -> None:
    number = await doubt()
    for act in ACTS:
        status, refusal = await anna.post(f"replies/{number}/{act}", body)
        assert (status, set(refusal)) == (400, {"error"})
    for strange in ("2026-11-01T00:00:00", "2026-11-01", "0001-01-01T00:00:00+00:00", "2026-W45-1"):
        assert (await anna.post(f"replies/{number}/arrived", {"since": strange}))[0] == 409
    assert await states(store) == ["uncertain"]
