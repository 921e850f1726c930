"""What a customer on Instagram experiences, through the whole house and back."""

from __future__ import annotations

from bot.assembly import FrontLine
from bot.storage.tables import attachment, message, reply
from tests.fakes.graph import FakeGraph
from tests.fakes.graph_pages import Page
from tests.integration.channels.living import owners, quiet, reasons, rows

ZOE = "7711234567890123"


async def test_a_question_is_answered_and_the_echo_takes_nothing_over(
    house: FrontLine, graph: FakeGraph, page: Page
) -> None:
    page.instagram.says(ZOE, "Wie kündige ich meinen Vertrag?")
    assert await graph.push() == [200]
    await quiet(house)
    sent = page.instagram.texts(ZOE)
    assert any("kündig" in text.lower() for text in sent)
    assert all(len(text.encode()) <= 1000 for text in sent)
    await graph.push()
    assert await owners(house, "instagram") == {"bot"}
    assert await reasons(house) == ["our own word"] * len(sent)
    assert page.messenger.threads == {}


async def test_a_person_who_answers_in_the_app_silences_the_bot(house: FrontLine, graph: FakeGraph, page: Page) -> None:
    page.instagram.says(ZOE, "hallo")
    await graph.push()
    await quiet(house)
    greeted = len(page.instagram.texts(ZOE))
    page.instagram.answers_itself(ZOE, "Ich bin’s, Ana vom Laden.")
    await graph.push()
    assert await owners(house, "instagram") == {"agent"}
    page.instagram.says(ZOE, "Wie kündige ich meinen Vertrag?")
    await graph.push()
    await quiet(house)
    assert len(page.instagram.texts(ZOE)) == greeted


async def test_what_was_unsent_is_not_answered_any_more(house: FrontLine, graph: FakeGraph, page: Page) -> None:
    mid = page.instagram.says(ZOE, "Wie kündige ich meinen Vertrag?")
    page.instagram.happens(ZOE, message={"mid": mid, "is_deleted": True})
    await graph.push()
    await quiet(house)
    assert [state for (state,) in await rows(house, message.c.state)] == ["ignored"]
    assert page.instagram.texts(ZOE) == []


async def test_an_answer_to_a_story_is_a_message_with_the_story(house: FrontLine, graph: FakeGraph, page: Page) -> None:
    page.instagram.says(
        ZOE, "Gibt es das auch in Köln? 😀", reply_to={"story": {"id": "1799", "url": "https://cdn.example/s"}}
    )
    await graph.push()
    await quiet(house)
    assert await rows(house, attachment.c.kind, attachment.c.reference, attachment.c.name) == [
        ("other", "1799", "story")
    ]
    assert page.instagram.texts(ZOE)


async def test_it_is_seen_that_a_reply_was_read(house: FrontLine, graph: FakeGraph, page: Page) -> None:
    page.instagram.says(ZOE, "hallo")
    await graph.push()
    await quiet(house)
    last = page.instagram.thread(ZOE).messages[-1]["mid"]
    page.instagram.happens(ZOE, read={"mid": last})
    await graph.push()
    read = dict(await rows(house, reply.c.vendor_id, reply.c.read_at))
    assert read[last] is not None
