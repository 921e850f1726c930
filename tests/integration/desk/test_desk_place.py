"""Before an agent writes they are told who reads along and until when the channel takes words; after it is too late nothing is taken."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.channels.base import Capabilities, Channel
from bot.channels.directory import Directory
from bot.domain.conversation import ConversationKey
from bot.domain.message import EventKind, InboundEvent
from bot.domain.reply import Outgoing, Receipt
from bot.storage import intake
from bot.storage.rows import now
from bot.storage.store import Store
from bot.storage.tables import conversation, reply
from tests.integration.conftest import Person

HOURS = timedelta(hours=1)


class Place(Channel):
    """A channel that is only asked what it allows."""

    account = "site"

    def __init__(self, name: str, capabilities: Capabilities) -> None:
        self.name = name
        self.capabilities = capabilities

    async def send(self, outgoing: Outgoing) -> Receipt:
        raise NotImplementedError


@pytest.fixture
def channels() -> Directory:
    windowed = Capabilities(max_text=1000, window=24 * HOURS, agent_window=7 * 24 * HOURS)
    return Directory([Place("square", Capabilities(max_text=280, public=True)), Place("messenger", windowed)])


async def heard(store: Store, hours: int) -> None:
    """The customer last wrote so long ago."""
    await store.write(lambda c: c.execute(update(conversation).values(heard_at=now() - hours * HOURS)))


async def write(person: Person, case_id: int, text: str, **more: Any) -> tuple[int, Any]:
    return await person.post(f"cases/{case_id}/reply", {"client_id": "a" * 32, "text": text, **more})


async def test_until_when_words_are_taken_is_shown_and_held_to(anna: Person, store: Store, open_case: Any) -> None:
    case_id = await open_case(channel="messenger")
    await heard(store, 30)
    _, shown = await anna.post(f"cases/{case_id}/claim")
    assert shown["conversation"]["closes_at"] > now().isoformat()
    assert (await write(anna, case_id, "Ich kümmere mich."))[0] == 202
    await heard(store, 7 * 24)
    status, said = await anna.post(f"cases/{case_id}/reply", {"client_id": "b" * 32, "text": "Noch etwas"})
    assert (status, said["error"]) == (409, "der Kunde hat länger nicht geschrieben, als der Kanal erlaubt")
    texts = await store.read(lambda c: c.execute(select(reply.c.text)).scalars().all())
    assert texts == ["Ich kümmere mich."]


async def test_what_everybody_would_read_is_asked_about_first(anna: Person, store: Store, open_case: Any) -> None:
    case_id = await open_case(channel="square")
    _, shown = await anna.post(f"cases/{case_id}/claim")
    assert shown["conversation"]["public"] is True
    text = "Wir rufen Sie unter 0171 5552368 an, Kundennummer 4711081599."
    status, said = await write(anna, case_id, text)
    assert (status, said["confirm"]) == (409, True)
    assert "Telefonnummer, Kundennummer" in said["error"]
    assert await store.read(lambda c: c.execute(select(reply.c.id)).first()) is None
    assert (await write(anna, case_id, text, confirmed=True))[0] == 202


async def test_in_private_the_same_words_are_no_question(anna: Person, open_case: Any) -> None:
    case_id = await open_case(channel="messenger")
    await anna.post(f"cases/{case_id}/claim")
    assert (await write(anna, case_id, "Wir rufen Sie unter 0171 5552368 an."))[0] == 202


async def test_a_matter_that_ends_in_public_ends_without_a_word(anna: Person, store: Store, open_case: Any) -> None:
    case_id = await open_case(channel="square")
    await anna.post(f"cases/{case_id}/claim")
    assert (await anna.post(f"cases/{case_id}/resolve"))[0] == 200
    assert await store.read(lambda c: c.execute(select(reply.c.id)).first()) is None


async def test_what_somebody_answers_elsewhere_can_be_claimed(anna: Person, store: Store, open_case: Any) -> None:
    case_id = await open_case(channel="messenger")
    key = await store.read(lambda c: c.execute(select(conversation)).one())
    word = InboundEvent(
        ConversationKey(key.channel, key.account, key.chat), "e", EventKind.TAKEN_OVER, "m", "Ich bin dran."
    )
    await store.write(lambda c: intake.accept(c, [word]))
    _, shown = await anna.get(f"cases/{case_id}")
    assert (shown["case"]["state"], shown["case"]["free"], shown["case"]["staff"]) == ("claimed", True, None)
    status, refused = await write(anna, case_id, "Hallo")
    assert (status, refused["error"]) == (409, "Der Fall muss erst übernommen werden.")
    _, shown = await anna.post(f"cases/{case_id}/claim")
    assert (shown["case"]["mine"], shown["case"]["free"]) == (True, False)
