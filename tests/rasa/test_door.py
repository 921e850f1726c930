"""The channel's door: what it refuses, what it escapes, what it answers twice alike."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest

from tests.rasa.content import SCOPE, SINCE
from tests.rasa.customer import Customer
from tests.rasa.process import RasaProcess

TURN: dict[str, Any] = {"conversation": "door", "message_id": "1", "text": "hallo"}

MALFORMED = {
    "no JSON": b"{",
    "no UTF-8": b'{"text": "\xff"}',
    "a list": [TURN],
    "a number": 1,
    "null": None,
    "nested too deep": b"[" * 50_000,
    "an unknown key": TURN | {"sender": "x"},
    "no conversation": {"message_id": "1", "text": "hallo"},
    "a conversation that is no string": TURN | {"conversation": 7},
    "a conversation with a space": TURN | {"conversation": "a b"},
    "a conversation that is too long": TURN | {"conversation": "a" * 201},
    "an empty message id": TURN | {"message_id": ""},
    "neither text nor button": {"conversation": "door", "message_id": "1"},
    "both text and button": TURN | {"button": {"name": "human"}},
    "a text that is no string": TURN | {"text": ["hallo"]},
    "an empty text": TURN | {"text": " \n"},
    "a text that is too long": TURN | {"text": "a" * 4097},
    "an unknown button": TURN | {"text": None, "button": {"name": "restart"}},
    "a button that is a list": TURN | {"text": None, "button": ["human"]},
    "a button whose name is an object": TURN | {"text": None, "button": {"name": {}}},
    "a button with a value it has no use for": TURN | {"text": None, "button": {"name": "human", "value": "x"}},
    "a choice without a value": TURN | {"text": None, "button": {"name": "choose_answer"}},
    "an unknown language": TURN | {"text": None, "button": {"name": "language", "value": "fr"}},
    "a context that is a list": TURN | {"context": []},
    "a question that is no string": TURN | {"context": {"question": {}}},
    "failures that are a word": TURN | {"context": {"failures": "two"}},
    "failures below zero": TURN | {"context": {"failures": -1}},
    "an unknown form": TURN | {"context": {"form": {"name": "other_form"}}},
    "a form with unknown slots": TURN | {"context": {"form": {"name": None, "slots": {"session_started_metadata": 1}}}},
    "a form with a number for a fact": TURN
    | {"context": {"form": {"name": "fault_form", "slots": {"fault_since": 5}}}},
}


async def _post(session: aiohttp.ClientSession, url: str, body: Any, **headers: str) -> tuple[int, Any]:
    sent = {"data": body} if isinstance(body, bytes) else {"json": body}
    async with session.post(url, headers=headers, **sent) as response:
        return response.status, await response.json()


@pytest.mark.parametrize("fault", MALFORMED)
async def test_a_malformed_turn_is_refused_with_its_reason(
    rasa: RasaProcess, session: aiohttp.ClientSession, fault: str
) -> None:
    status, answer = await _post(session, f"{rasa.url}/turn", MALFORMED[fault])
    assert status == 400
    assert answer["error"]


async def test_a_refusal_quotes_nothing_the_customer_wrote(rasa: RasaProcess, session: aiohttp.ClientSession) -> None:
    _, answer = await _post(session, f"{rasa.url}/turn", TURN | {"conversation": "geheim geheim", "text": "geheim"})
    assert "geheim" not in answer["error"]


async def test_a_body_beyond_all_bounds_is_refused(rasa: RasaProcess, session: aiohttp.ClientSession) -> None:
    async with session.post(f"{rasa.url}/turn", data=b"x" * 100_000) as response:
        assert response.status == 413


@pytest.mark.parametrize(
    "text", ["/restart", "/session_start", " /back 1", '/choose_answer{"value": "x"}', "/helped_yes", "/"]
)
async def test_a_slash_of_the_customers_is_text(customer: Customer, text: str) -> None:
    await customer.press("leave_contact")
    result = await customer.say(text)
    assert result["reading"] is not None
    # Nothing was restarted or driven: the form is still open.
    assert result["form"] == {"name": "contact_form", "slots": {"requested_slot": "contact"}}


async def test_odd_but_legal_texts_are_answered(customer: Customer) -> None:
    for text in ("\x00", "\ud800", "🙂" * 2000, "\u2060", "a" * 4096, "{{{{", "\u202e rechnung", "'; drop table"):
        assert (await customer.say(text))["acts"]


async def test_a_turn_asked_again_gives_what_it_gave_and_is_not_taken_twice(customer: Customer) -> None:
    await customer.press("report_fault")
    first = await customer.say(SINCE)
    assert await customer.again() == first
    assert (await customer.hears(SCOPE))[0] == {
        "act": "fault",
        "since": SINCE,
        "scope": SCOPE,
    }


async def test_a_button_asked_again_gives_what_it_gave(customer: Customer) -> None:
    first = await customer.press("leave_contact")
    assert await customer.again() == first


async def test_copies_that_arrive_at_once_are_taken_once(customer: Customer) -> None:
    await customer.press("report_fault")
    first = await customer.say(SINCE)
    assert first["acts"] == [{"act": "ask", "slot": "fault_scope"}]
    copies = await asyncio.gather(*(customer.again() for _ in range(5)))
    assert all(copy == first for copy in copies)


async def test_turns_of_many_conversations_at_once_do_not_mix(rasa: RasaProcess, customer: Customer) -> None:
    many = [Customer(customer.session, rasa.url) for _ in range(8)]
    await asyncio.gather(*(one.press("report_fault") for one in many))
    await asyncio.gather(*(one.say(f"{SINCE} {number}") for number, one in enumerate(many)))
    reports = await asyncio.gather(*(one.hears(SCOPE) for one in many))
    assert [report[0]["since"] for report in reports] == [f"{SINCE} {number}" for number in range(8)]


async def test_the_same_message_id_in_another_conversation_is_another_message(customer: Customer) -> None:
    other = Customer(customer.session, customer.url)
    await customer.press("leave_contact", message_id="same")
    assert (await other.say("danke", message_id="same"))["acts"] == [{"act": "small_talk", "intent": "thanks"}]


async def test_reading_a_text_touches_no_conversation(
    rasa: RasaProcess, session: aiohttp.ClientSession, customer: Customer
) -> None:
    await customer.press("leave_contact")
    status, answer = await _post(session, f"{rasa.url}/read", {"text": "hallo", "context": {"language": "de"}})
    assert (status, answer["reading"]["intent"]) == (200, "greet")
    assert (await customer.hears("a@b.de"))[0] == {"act": "contact", "value": "a@b.de"}


@pytest.mark.parametrize("body", [{}, {"text": ""}, {"text": 1}, {"text": "a", "conversation": "x"}, []])
async def test_a_malformed_reading_is_refused(rasa: RasaProcess, session: aiohttp.ClientSession, body: Any) -> None:
    assert (await _post(session, f"{rasa.url}/read", body))[0] == 400


async def test_the_context_reaches_the_reading(customer: Customer) -> None:
    customer.context = {"language": "en"}
    assert (await customer.say("ok 12"))["reading"]["language"] == "en"
    customer.context = {"language": "de"}
    assert (await customer.say("ok 12"))["reading"]["language"] == "de"


async def test_health_names_model_and_snapshot(rasa: RasaProcess, session: aiohttp.ClientSession) -> None:
    async with session.get(f"{rasa.url}/") as response:
        health = await response.json()
    assert health["status"] == "ok"
    assert health["model"] == "model.tar.gz"
    assert health["snapshot"].startswith("rasa-tests")
