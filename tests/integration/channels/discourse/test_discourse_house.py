"""A community and the whole front line: webhooks in, posts out."""

from __future__ import annotations

from aiohttp import ClientSession
from sqlalchemy import select

from bot.assembly import FrontLine
from bot.storage.tables import case, conversation, event, outcome
from tests.fakes.discourse import FakeDiscourse
from tests.fakes.discourse_world import BEN, MARTA, ZOE
from tests.integration.channels.discourse.bench import CANCEL, posted, settled
from tests.integration.channels.living import quiet, reasons


async def test_a_question_is_answered_in_its_topic_by_a_machine_that_says_so(
    forum: FakeDiscourse, house: FrontLine
) -> None:
    topic = forum.opens(ZOE, CANCEL, "Danke! 😀")
    assert await forum.push() == [200]
    [post] = await posted(forum, topic)
    assert "/answers/contract-cancel" in post
    assert "Computerprogramm" in post
    assert forum.of_bot(topic)[0]["reply_to_post_number"] == 1
    await forum.push()  # the bot's own post is told like any other
    assert "our own" in await reasons(house)


async def test_what_it_is_not_sure_of_is_left_to_others_and_shown_to_agents(
    forum: FakeDiscourse, house: FrontLine
) -> None:
    topic = forum.opens(ZOE, "Seltsames Geräusch im Keller", "Es klingt wie ein Frosch mit Husten, was mag das sein?")
    await forum.push()
    await settled(house, 1)
    sure = forum.opens(BEN, CANCEL, "Danke im Voraus!")
    await forum.push()
    await posted(forum, sure)
    assert forum.of_bot(topic) == []


async def test_a_webhook_told_again_counts_once(forum: FakeDiscourse, house: FrontLine) -> None:
    topic = forum.opens(ZOE, CANCEL, "Danke!")
    told = forum.waiting[0]
    await forum.push()
    await posted(forum, topic)
    forum.waiting.clear()
    forum.waiting.extend([told, told])
    assert await forum.push() == [200, 200]
    assert len(await settled(house, 1)) == 1
    assert len(forum.of_bot(topic)) == 1


async def test_a_forged_webhook_is_refused(forum: FakeDiscourse, house: FrontLine) -> None:
    forum.opens(ZOE, CANCEL, "Danke!")
    name, body = forum.waiting.popleft()
    async with ClientSession() as session:
        for forged in (
            {"X-Discourse-Event-Signature": "sha256=" + "0" * 64},
            {"X-Discourse-Event-Signature": "ü"},
            {"X-Discourse-Instance": "https://elsewhere.example"},
        ):
            assert await forum.deliver(session, name, body, **forged) == 401
        assert await forum.deliver(session, name, body + b" ", **forum.headers(name, body)) == 401
        assert await forum.deliver(session, name, b"no JSON") == 400
        assert await forum.deliver(session, name, body) == 200


async def test_who_asked_is_heard_on_and_others_only_where_they_speak_to_us(
    forum: FakeDiscourse, house: FrontLine
) -> None:
    topic = forum.opens(ZOE, CANCEL, "Danke!")
    await forum.push()
    await posted(forum, topic)
    forum.answers(BEN, topic, "Ich habe da auch schon Ärger gehabt.")
    forum.edits(topic, len(topic.posts), "Ich habe da auch schon viel Ärger gehabt.")
    forum.answers(BEN, topic, "Immer noch!")
    forum.answers(ZOE, topic, "Und was kostet mich das?")
    forum.answers(BEN, topic, "@fernblick_bot was kostet mich ein Umzug?")
    await forum.push()
    rows = await settled(house, 3)
    assert [row.text for row in rows[1:]] == ["Und was kostet mich das?", "was kostet mich ein Umzug?"]
    kept = await house.store.read(lambda connection: connection.execute(select(event.c.raw)).scalars().all())
    assert "Ärger" not in str(kept)


async def test_a_colleague_in_the_topic_silences_the_bot_there(forum: FakeDiscourse, house: FrontLine) -> None:
    topic = forum.opens(ZOE, "Hallo zusammen", "Ich bin neu hier und sage hallo.")
    await forum.push()
    await settled(house, 1)
    forum.answers(MARTA, topic, "Willkommen, Zoë! Ich helfe gern.")
    await forum.push()
    forum.answers(ZOE, topic, CANCEL, to=2)
    forum.answers(ZOE, topic, CANCEL)
    other = forum.opens(BEN, CANCEL, "Danke!")
    await forum.push()
    await posted(forum, other)
    rows = await settled(house, 3)
    assert forum.of_bot(topic) == []
    assert [row.state for row in rows if row.text == CANCEL] == ["with_agent"]
    owners = await house.store.read(lambda connection: connection.execute(select(conversation)).all())
    assert {row.chat: row.owner for row in owners} == {"23": "agent", "24": "bot"}


async def test_an_edit_is_read_anew_and_a_deleted_post_is_forgotten(forum: FakeDiscourse, house: FrontLine) -> None:
    topic = forum.opens(ZOE, "Eine Frage an alle", "Es klingt wie ein Frosch mit Husten.")
    forum.edits(topic, 1, "Wie klingt ein Frosch mit Husten?")
    forum.edits(topic, 1, "Wie klingt ein Frosch mit Schnupfen?", in_grace=True)
    await forum.push()
    [row] = await settled(house, 1)
    assert row.text.endswith("Schnupfen?")
    forum.deletes(topic, 1)
    await forum.push()
    [row] = await settled(house, 1)
    assert row.revision == 3


async def test_an_accepted_answer_of_the_bots_has_helped(forum: FakeDiscourse, house: FrontLine) -> None:
    topic = forum.opens(ZOE, CANCEL, "Danke!")
    await forum.push()
    await posted(forum, topic)
    await quiet(house)
    forum.accepts(topic, forum.of_bot(topic)[0]["post_number"])
    forum.waiting.append(forum.waiting[-1])  # told twice
    await forum.push()
    rows = await house.store.read(lambda connection: connection.execute(select(outcome)).all())
    assert [(row.kind, row.answer_slug, row.question_id) for row in rows] == [("helped", "contract-cancel", 1)]


async def test_where_another_answer_solved_it_agents_see_so(forum: FakeDiscourse, house: FrontLine) -> None:
    topic = forum.opens(ZOE, "Seltsames Geräusch im Keller", "Es klingt wie ein Frosch mit Husten, was mag das sein?")
    await forum.push()
    await settled(house, 1)
    forum.answers(BEN, topic, "Das ist die Heizung, die muss nur entlüftet werden.", to=1)
    forum.accepts(topic, 2)
    await forum.push()
    rows = await house.store.read(lambda connection: connection.execute(select(case)).all())
    assert [row.evidence["solved"] for row in rows] == ["another"]
    assert await house.store.read(lambda connection: connection.execute(select(outcome)).first()) is None
