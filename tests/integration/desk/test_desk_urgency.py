"""/desk/api/cases/<id>/urgency: an agent knows better how urgent a case is."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from bot.domain.handoff import Handoff, HandoffReason
from bot.domain.message import MessageState
from bot.domain.reading import Urgency
from bot.storage import cases
from bot.storage.store import Store
from bot.storage.tables import case, log, message
from tests.integration.conftest import Person
from tests.integration.desk.test_desk_live import origin_of
from tests.integration.desk.words import delete, press, said_urgent, write
from tests.settled import settle

DANGER = {"level": "emergency", "reason": "danger"}
CALM = {"level": "normal"}


async def test_a_person_raises_and_lowers_and_the_queue_follows(anna: Person, store: Store, open_case: Any) -> None:
    first, second = await open_case("Rechnung"), await open_case("Es riecht verbrannt")
    status, shown = await anna.post(f"cases/{second}/urgency", DANGER)
    assert (status, shown["case"]["urgency"], shown["case"]["matter"]) == (200, "emergency", "danger")
    assert {"label": "Worum es geht", "text": "Gefahr"} in shown["case"]["why"]
    assert [row["id"] for row in (await anna.get("queue"))[1]["cases"]] == [second, first]
    _, shown = await anna.post(f"cases/{second}/urgency", {"level": "low"})
    assert (shown["case"]["urgency"], shown["case"]["matter"], shown["case"]["why"]) == ("low", None, [])
    assert [row["id"] for row in (await anna.get("queue"))[1]["cases"]] == [first, second]
    assert await said_urgent(store) == [(2, "emergency", "danger", 1), (2, "low", "", 1)]


async def test_it_is_told_who_changed_what_on_the_page_and_in_the_log(
    anna: Person, ben: Person, store: Store, open_case: Any
) -> None:
    case_id = await open_case()
    await anna.post(f"cases/{case_id}/urgency", DANGER)
    _, shown = await ben.post(f"cases/{case_id}/urgency", CALM)
    told = [(event["kind"], event["staff"], event.get("level")) for event in shown["events"]]
    assert told == [
        ("opened", None, None),
        ("urgency", "Anna Kowalski", "emergency"),
        ("urgency", "Ben Okafor", "normal"),
    ]
    rows = await store.read(lambda connection: connection.execute(select(log)).all())
    lines = [(row.actor, row.object, row.detail) for row in rows if row.action == "case.urgency"]
    assert lines == [
        ("staff:1", f"case:{case_id}", {"from": "normal", "to": "emergency", "reason": "danger", "message": 1}),
        ("staff:2", f"case:{case_id}", {"from": "emergency", "to": "normal", "reason": "", "message": 1}),
    ]


async def test_the_same_word_twice_is_one(anna: Person, ben: Person, store: Store, open_case: Any) -> None:
    case_id = await open_case()
    answers = await asyncio.gather(*(one.post(f"cases/{case_id}/urgency", DANGER) for one in (anna, ben, anna)))
    assert {status for status, _ in answers} == {200}
    assert len(await said_urgent(store)) == 1


async def test_whoever_sees_a_case_may_also_where_a_colleague_has_it_or_it_is_closed(
    anna: Person, ben: Person, open_case: Any
) -> None:
    case_id = await open_case()
    await anna.post(f"cases/{case_id}/claim")
    assert (await ben.post(f"cases/{case_id}/urgency", DANGER))[0] == 200
    await anna.post(f"cases/{case_id}/resolve")
    status, shown = await ben.post(f"cases/{case_id}/urgency", CALM)
    assert (status, shown["case"]["urgency"], shown["case"]["state"]) == (200, "normal", "resolved")


async def test_colleagues_see_it_at_once(anna: Person, ben: Person, open_case: Any) -> None:
    case_id = await open_case()
    async with anna.client.ws_connect("/desk/api/live", origin=origin_of(anna)) as socket:
        await ben.post(f"cases/{case_id}/urgency", DANGER)
        frames = [await socket.receive_json(timeout=5) for _ in range(2)]
    assert frames == [{"type": "queue"}, {"type": "case", "id": case_id}]


async def test_it_belongs_to_the_message_that_raised_the_case(anna: Person, store: Store, open_case: Any) -> None:
    case_id = await open_case("Frage zur Rechnung")
    raised = await write(store, "Es brennt")

    def raise_it(connection: Any) -> None:
        settle(connection, raised, MessageState.WITH_AGENT)
        handoff = Handoff(HandoffReason.URGENT, Urgency.EMERGENCY)
        cases.open_case(connection, 1, handoff, "Es brennt", message_id=raised)

    await store.write(raise_it)
    await write(store, "Danke")
    _, shown = await anna.get(f"cases/{case_id}")
    assert shown["case"]["about"] == "Es brennt"
    await anna.post(f"cases/{case_id}/urgency", CALM)
    assert await said_urgent(store) == [(raised, "normal", "", 1)]


async def test_a_button_says_nothing_so_it_belongs_to_the_words_before(
    anna: Person, store: Store, open_case: Any
) -> None:
    await anna.post(f"cases/{await open_case('Mein Anschluss ist tot')}/claim")
    await anna.post("cases/1/resolve")
    pressed = await press(store, "human", "Mit einem Menschen sprechen")
    handoff = Handoff(HandoffReason.ASKED, Urgency.NORMAL)
    case_id = await store.write(lambda connection: cases.open_case(connection, 1, handoff, "", message_id=pressed))
    assert (await anna.get(f"cases/{case_id}"))[1]["case"]["about"] == "Mein Anschluss ist tot"


async def test_a_wish_for_a_person_says_nothing_of_the_matter_unless_it_was_urgent(
    anna: Person, store: Store, open_case: Any
) -> None:
    case_id = await open_case("Mein Anschluss ist tot")
    wish = await write(store, "Ich will einen Menschen")
    handoff = Handoff(HandoffReason.ASKED, Urgency.LOW)

    def read_as(level: str) -> Any:
        reading = {"intent": "human", "urgency": {"level": level}}

        def unit(connection: Any) -> None:
            settle(connection, wish, MessageState.WITH_AGENT, reading=reading)
            connection.execute(case.update().values(message_id=wish))
            cases.open_case(connection, 1, handoff, "", message_id=wish)

        return unit

    await store.write(read_as("normal"))
    assert (await anna.get(f"cases/{case_id}"))[1]["case"]["about"] == "Mein Anschluss ist tot"
    await store.write(read_as("high"))
    assert (await anna.get(f"cases/{case_id}"))[1]["case"]["about"] == "Ich will einen Menschen"


async def test_a_case_of_before_knows_its_message_by_time(anna: Person, store: Store, open_case: Any) -> None:
    await open_case("Das war es")
    await store.write(lambda connection: connection.execute(case.update().values(message_id=None)) and None)
    await write(store, "Und noch etwas")
    assert (await anna.get("cases/1"))[1]["case"]["about"] == "Das war es"


async def test_a_deleted_message_is_not_quoted(anna: Person, store: Store, open_case: Any) -> None:
    case_id = await open_case("geheim")
    await delete(store, 1)
    _, shown = await anna.get(f"cases/{case_id}")
    assert shown["case"]["about"] == ""


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"level": "urgent"},
        {"level": "EMERGENCY\n", "reason": "danger"},
        {"level": 1},
        {"level": ["high"], "reason": "fraud"},
        {"level": "high"},
        {"level": "high", "reason": "danger"},
        {"level": "emergency", "reason": "fraud"},
        {"level": "normal", "reason": "fraud"},
        {"level": "high", "reason": {"fraud": 1}},
    ],
)
async def test_what_makes_no_sense_changes_nothing(anna: Person, store: Store, open_case: Any, body: Any) -> None:
    case_id = await open_case()
    status, refusal = await anna.post(f"cases/{case_id}/urgency", body)
    assert (status, set(refusal)) == (400, {"error"})
    assert await said_urgent(store) == []
    assert (await anna.get(f"cases/{case_id}"))[1]["case"]["urgency"] == "normal"


async def test_there_is_no_such_case(anna: Person) -> None:
    assert (await anna.post("cases/9/urgency", CALM))[0] == 404


async def test_a_later_message_may_raise_it_again(anna: Person, store: Store, open_case: Any) -> None:
    case_id = await open_case("Geld weg", Urgency.HIGH)
    await anna.post(f"cases/{case_id}/urgency", {"level": "low"})
    handoff = Handoff(HandoffReason.URGENT, Urgency.HIGH)
    await store.write(lambda connection: cases.open_case(connection, 1, handoff, "", message_id=1))
    assert (await anna.get(f"cases/{case_id}"))[1]["case"]["urgency"] == "high"
    levels = await store.read(lambda connection: connection.execute(select(message.c.reading)).scalars().all())
    assert levels[0]["urgency"]["level"] == "high", "the bot's own reading stays what it was"
