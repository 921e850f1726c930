"""/desk/api/cases/<id>/right-answer: an agent knows which answer a question should have got."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from bot.domain.message import MessageState
from bot.storage.store import Store
from bot.storage.tables import log
from tests.integration.conftest import Person
from tests.integration.desk.words import BILL, SIM, Publish, delete, press, said_right, write
from tests.settled import settle


@pytest.mark.usefixtures("publish")
async def test_the_answers_that_were_thought_of_are_offered_and_one_is_chosen(
    anna: Person, ben: Person, store: Store, open_case: Any
) -> None:
    case_id = await open_case("Warum so teuer?")
    (item,) = (await anna.get(f"cases/{case_id}"))[1]["items"]
    assert item["choices"] == [{"answer_id": BILL, "title": f"Was ist {BILL}?"}]
    assert item["right_answer"] is None
    status, shown = await anna.post(f"cases/{case_id}/right-answer", {"message": item["id"], "answer": BILL})
    assert status == 200
    assert shown["items"][0]["right_answer"] == {
        "answer_id": BILL,
        "title": f"Was ist {BILL}?",
        "staff": "Anna Kowalski",
    }
    _, shown = await ben.post(f"cases/{case_id}/right-answer", {"message": item["id"], "answer": None})
    assert shown["items"][0]["right_answer"] == {"answer_id": None, "title": None, "staff": "Ben Okafor"}
    await ben.post(f"cases/{case_id}/right-answer", {"message": item["id"], "answer": None})
    assert await said_right(store) == [(item["id"], BILL, 1), (item["id"], None, 2)]
    rows = await store.read(lambda connection: connection.execute(select(log)).all())
    lines = [(row.actor, row.object, row.detail) for row in rows if row.action == "message.right_answer"]
    assert lines[0] == ("staff:1", "message:1", {"case": case_id, "answer": BILL})


@pytest.mark.usefixtures("publish")
async def test_others_are_found_among_what_is_published(anna: Person) -> None:
    assert (await anna.get("answers?q=sim"))[1] == {"answers": [{"answer_id": SIM, "title": f"Was ist {SIM}?"}]}
    assert (await anna.get("answers?q=%20"))[1] == (await anna.get("answers"))[1] == {"answers": []}


async def test_an_answer_that_is_gone_is_not_offered_and_not_taken(
    anna: Person, store: Store, open_case: Any, publish: Publish
) -> None:
    case_id = await open_case()
    await publish(SIM)
    assert (await anna.get(f"cases/{case_id}"))[1]["items"][0]["choices"] == []
    assert (await anna.post(f"cases/{case_id}/right-answer", {"message": 1, "answer": BILL}))[0] == 400
    assert await said_right(store) == []


@pytest.mark.usefixtures("publish")
async def test_only_questions_that_stand_by_themselves_are_asked_about(
    anna: Person, store: Store, open_case: Any
) -> None:
    case_id = await open_case()
    follow_up, thanks = await write(store, "und was kostet das?"), await write(store, "danke")
    pressed = await press(store, "human", "Mit einem Menschen sprechen")
    unread = await write(store, "hallo?")

    def read(connection: Any) -> None:
        with_agent = MessageState.WITH_AGENT
        reading = {"intent": "question", "notes": ["follow_up"]}
        settle(connection, follow_up, with_agent, reading=reading)
        settle(connection, thanks, with_agent, reading={"intent": "thanks"})
        settle(connection, pressed, with_agent, reading={"intent": "question"})

    await store.write(read)
    items = (await anna.get(f"cases/{case_id}"))[1]["items"]
    assert [item["choices"] is not None for item in items] == [True, False, False, False, False]
    for message_id in (follow_up, thanks, pressed, unread):
        body = {"message": message_id, "answer": BILL}
        assert (await anna.post(f"cases/{case_id}/right-answer", body))[0] == 409
    assert await said_right(store) == []


@pytest.mark.usefixtures("publish")
async def test_a_message_of_another_case_is_none_of_this_one(anna: Person, store: Store, open_case: Any) -> None:
    first, _second = await open_case(), await open_case()
    for message_id in (2, 99):
        assert (await anna.post(f"cases/{first}/right-answer", {"message": message_id, "answer": BILL}))[0] == 409
    assert (await anna.post("cases/99/right-answer", {"message": 1, "answer": BILL}))[0] == 404
    assert await said_right(store) == []


@pytest.mark.usefixtures("publish")
async def test_of_a_deleted_question_nothing_is_asked(anna: Person, store: Store, open_case: Any) -> None:
    case_id = await open_case("geheim")
    await anna.post(f"cases/{case_id}/right-answer", {"message": 1, "answer": BILL})
    await delete(store, 1)
    (item,) = (await anna.get(f"cases/{case_id}"))[1]["items"]
    assert (item["choices"], item["right_answer"]) == (None, None)


@pytest.mark.usefixtures("publish")
@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"message": "1", "answer": BILL},
        {"message": True, "answer": BILL},
        {"message": -1, "answer": BILL},
        {"message": 10**30, "answer": BILL},
        {"message": 1, "answer": 7},
        {"message": 1, "answer": "no-such-answer"},
        {"message": 1, "answer": "x" * 100_000},
        {"message": 1.0, "answer": BILL},
    ],
)
async def test_what_makes_no_sense_is_not_kept(anna: Person, store: Store, open_case: Any, body: Any) -> None:
    case_id = await open_case()
    status, refusal = await anna.post(f"cases/{case_id}/right-answer", body)
    assert (status, set(refusal)) == (400, {"error"})
    assert await said_right(store) == []
