"""What people experience who write below a page's posts, through the whole house and back."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.assembly import FrontLine
from bot.channels.base import Request
from bot.channels.facebook import MEANINGS, FacebookChannel
from bot.channels.graph.client import Graph, GraphClient
from bot.domain.message import Button
from bot.domain.reply import Outgoing
from bot.doorways import build_doorways
from bot.errors import DeliveryError
from bot.rates import LocalRates
from bot.settings import Meta, Settings
from bot.storage.live import LocalLive
from bot.storage.tables import conversation, reply
from tests.fakes.graph import APP, APP_SECRET, FakeGraph
from tests.fakes.graph_pages import Page
from tests.fakes.graph_rules import Refusal
from tests.integration.channels.living import owners, quiet, rows, saying

ZOE, LUKASZ = "6254857711234567", "777"
POST = "4711_1"


async def test_a_question_below_a_post_is_answered_below_it(house: FrontLine, graph: FakeGraph, page: Page) -> None:
    comment = page.writes(ZOE, "Wie kündige ich meinen Vertrag?")
    assert await graph.push() == [200]
    await quiet(house)
    (answer,) = page.below(comment)
    assert "kündig" in answer.lower()
    assert await rows(house, conversation.c.channel, conversation.c.chat, conversation.c.thread) == [
        ("facebook", ZOE, POST)
    ]
    await graph.push()
    await quiet(house)
    assert page.below(comment) == [answer]  # what the page said is told to us, and is no question
    assert await owners(house, "facebook") == {"bot"}


async def test_one_persons_words_below_one_post_are_one_conversation(
    house: FrontLine, graph: FakeGraph, page: Page
) -> None:
    first = page.writes(ZOE, "Wie kündige ich meinen Vertrag?")
    page.writes(ZOE, "Ich meine den alten", parent=first)
    page.writes(LUKASZ, "Das wüsste ich auch gern", parent=first, name="Łukasz")
    page.writes(ZOE, "Wie kündige ich meinen Vertrag?", post="2")
    await graph.push()
    await quiet(house)
    found = await rows(house, conversation.c.chat, conversation.c.thread)
    assert sorted(found) == [(ZOE, POST), (ZOE, "4711_2"), (LUKASZ, POST)]


async def test_a_colleague_who_answers_on_the_page_silences_the_bot_there(
    house: FrontLine, graph: FakeGraph, page: Page
) -> None:
    zoes, lukaszs = page.writes(ZOE, "Wie kündige ich meinen Vertrag?"), page.writes(LUKASZ, "Hallo", name="Łukasz")
    await graph.push()
    await quiet(house)
    said = len(page.below(zoes))
    await graph.push()
    assert await owners(house, "facebook") == {"bot"}  # our own comments came back, and are ours
    page.answers_itself(zoes, "Hier ist Ana, ich sehe nach.")
    page.writes(ZOE, "Wie kündige ich meinen Vertrag?", parent=zoes)
    page.writes(LUKASZ, "Wie kündige ich meinen Vertrag?", parent=lukaszs, name="Łukasz")
    await graph.push()
    await quiet(house)
    silent = dict(await rows(house, conversation.c.chat, conversation.c.owner))
    assert silent == {ZOE: "agent", LUKASZ: "bot"}
    assert len(page.below(zoes)) == said + 1  # Ana's


async def test_who_asks_for_a_person_is_written_to_in_private(house: FrontLine, graph: FakeGraph, page: Page) -> None:
    comment = page.writes(ZOE, "Ich möchte mit einem Menschen sprechen")
    await graph.push()
    await quiet(house)
    (invitation,) = page.messenger.texts(ZOE)
    assert "Computerprogramm" in invitation
    assert "privat geschrieben" in " ".join(page.below(comment))
    page.messenger.says(ZOE, "Wie kündige ich meinen Vertrag?")
    await graph.push()
    await quiet(house)
    channels = {name for (name,) in await rows(house, conversation.c.channel)}
    assert channels == {"facebook", "messenger"}
    assert await owners(house, "messenger") == {"bot"}
    assert len(page.messenger.texts(ZOE)) > 1


async def test_a_visitors_post_is_answered_below_it(house: FrontLine, graph: FakeGraph, page: Page) -> None:
    post = page.posts(ZOE, "Wie kündige ich meinen Vertrag?")
    await graph.push()
    await quiet(house)
    assert len(page.below(post)) == 1


async def test_a_comment_that_is_gone_is_not_answered(house: FrontLine, graph: FakeGraph, page: Page) -> None:
    comment = page.writes(ZOE, "Wie kündige ich meinen Vertrag?")
    graph.nodes.pop(comment)
    await graph.push()
    await quiet(house)
    ((state, why),) = await rows(house, reply.c.state, reply.c.state_reason)
    assert state == "failed"
    assert "the comment is gone" in why


def test_where_comments_are_not_wanted_nothing_of_them_is_kept(meta: Meta) -> None:
    silent = meta.model_copy(update={"pages": (meta.pages[0].model_copy(update={"comments": False}),)})
    doorways = build_doorways(Settings(meta=silent), LocalLive(alone=True), LocalRates())
    assert "facebook" not in {channel.name for channel in doorways.channels}
    value = {
        "from": {"id": ZOE},
        "item": "comment",
        "verb": "add",
        "post_id": POST,
        "comment_id": "1_1",
        "message": "geheim",
    }
    body = {"object": "page", "entry": [{"id": "4711", "time": 1, "changes": [{"field": "feed", "value": value}]}]}
    (found,) = doorways.webhooks[0].parse(Request("POST", {}, {}, json.dumps(body).encode()))
    assert found.reason == "not served here: changes"
    assert "geheim" not in str(found.raw)


@pytest.fixture
async def channel(graph: FakeGraph, page: Page) -> AsyncIterator[FacebookChannel]:
    """The channel alone, as the house builds it."""
    client = GraphClient(Graph(APP_SECRET, graph.base_url), page.token, meanings=MEANINGS)
    made = FacebookChannel(client, APP, page.id, LocalRates(lambda: graph.now.timestamp()))
    yield made
    await made.close()


def privately(page: Page, written: str, thread: str = POST) -> Outgoing:
    return saying("Hier unter uns:", "facebook", page.id, ZOE, thread, answers=written, private=True)


async def test_a_comment_has_one_private_reply(channel: FacebookChannel, page: Page) -> None:
    comment = page.writes(ZOE, "Was kostet das?")
    receipt = await channel.send(privately(page, comment))
    assert page.messenger.thread(ZOE).messages[0]["mid"] == receipt.message_id
    with pytest.raises(DeliveryError, match="has had its one private reply") as again:
        await channel.send(privately(page, comment))
    assert (again.value.permanent, again.value.certain) == (True, True)
    assert page.messenger.texts(ZOE) == ["Hier unter uns:"]


async def test_a_private_reply_comes_within_seven_days(channel: FacebookChannel, graph: FakeGraph, page: Page) -> None:
    comment, post = page.writes(ZOE, "Was kostet das?"), page.posts(ZOE, "Und das?")
    graph.let_pass(timedelta(days=6))
    await channel.send(privately(page, post, post))
    graph.let_pass(timedelta(days=2))
    with pytest.raises(DeliveryError, match="seven days") as late:
        await channel.send(privately(page, comment))
    assert late.value.permanent


async def test_a_page_replies_privately_750_times_an_hour_and_no_more(
    channel: FacebookChannel, graph: FakeGraph, page: Page
) -> None:
    for number in range(750):
        await channel.send(privately(page, page.writes(f"{number}", "Was kostet das?")))
    with pytest.raises(DeliveryError) as waits:
        await channel.send(privately(page, page.writes("751", "Und das?")))
    assert 0 < (waits.value.retry_after or 0) <= 3600
    graph.let_pass(timedelta(hours=1))
    await channel.send(privately(page, page.writes("752", "Und nun?")))


async def test_without_a_message_to_answer_the_word_goes_below_the_post(channel: FacebookChannel, page: Page) -> None:
    post = page.posts(ZOE, "Kein Netz in Mülheim")
    await channel.send(saying("Wir sehen nach.", "facebook", page.id, ZOE, post, buttons=(Button("a", label="Ja"),)))
    (answer,) = page.below(post)
    assert answer.startswith("Wir sehen nach.")


@pytest.mark.parametrize("answers", ["../me/accounts", "1?access_token=x", "a b", "", "1/comments"])
async def test_what_is_no_comment_is_asked_of_nobody(
    channel: FacebookChannel, graph: FakeGraph, page: Page, answers: str
) -> None:
    with pytest.raises(DeliveryError, match="no comment or post") as refused:
        await channel.send(saying("Hallo", "facebook", page.id, ZOE, answers=answers))
    assert refused.value.permanent
    assert graph.calls == []


async def test_the_operator_is_told_which_page_it_is(channel: FacebookChannel, page: Page) -> None:
    assert await channel.check() == "answers comments on the page Fernblick (4711)"
    page.subscribed["subscribed_fields"].remove("feed")
    assert "Meta tells us nothing of feed" in await channel.check()
    assert channel.private_url(saying("", "facebook", page.id, ZOE).key) == "https://m.me/4711"


async def test_meta_asking_to_slow_down_is_obeyed(channel: FacebookChannel, graph: FakeGraph, page: Page) -> None:
    comment = page.writes(ZOE, "Was kostet das?")
    below = saying("Das kostet nichts.", "facebook", page.id, ZOE, POST, answers=comment)
    graph.fail_next("comments", Refusal(400, 32, "Page request limit reached"))
    for _ in range(2):
        with pytest.raises(DeliveryError) as waits:
            await channel.send(below)
        assert (waits.value.retry_after or 0) > 0
    assert len(graph.called("comments")) == 1
    assert page.below(comment) == []
