"""Messenger and Instagram towards Meta: what is sent, when it may be, and what a failure in the middle means."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from aiohttp import web

from bot.channels.graph.client import Graph, GraphClient
from bot.channels.graph.sending import SendApiChannel
from bot.channels.instagram import InstagramChannel
from bot.channels.messenger import MessengerChannel
from bot.domain.message import Button
from bot.domain.reply import Outgoing, ReplyKind
from bot.errors import DeliveryError
from bot.rates import LocalRates
from tests.fakes.graph import APP, APP_SECRET, NOON, FakeGraph, Lost
from tests.fakes.graph_inbox import Inbox
from tests.fakes.graph_pages import Page
from tests.fakes.graph_rules import Refusal
from tests.integration.channels.living import saying

ZOE, ZOE_ON_INSTAGRAM = "77", "88"


class Clock:
    """One time for the fake and for the channel; seconds pass by being waited for."""

    def __init__(self, graph: FakeGraph) -> None:
        self.graph = graph
        self.waited = 0.0

    def __call__(self) -> datetime:
        return self.graph.now

    def seconds(self) -> float:
        return self.graph.now.timestamp()

    async def sleep(self, seconds: float) -> None:
        self.waited += seconds
        self.graph.let_pass(timedelta(seconds=seconds))


@pytest.fixture
def clock(graph: FakeGraph) -> Clock:
    return Clock(graph)


def built(kind: type[SendApiChannel], graph: FakeGraph, page: Page, inbox: Inbox, clock: Clock) -> SendApiChannel:
    client = GraphClient(Graph(APP_SECRET, graph.base_url, within=3), page.token)
    rates = LocalRates(clock.seconds)
    return kind(client, APP, page.id, inbox.id, rates, sleep=clock.sleep, clock=clock)


@pytest.fixture
async def messenger(graph: FakeGraph, page: Page, clock: Clock) -> AsyncIterator[SendApiChannel]:
    made = built(MessengerChannel, graph, page, page.messenger, clock)
    page.messenger.says(ZOE, "Hallo")
    yield made
    await made.close()


@pytest.fixture
async def instagram(graph: FakeGraph, page: Page, clock: Clock) -> AsyncIterator[SendApiChannel]:
    made = built(InstagramChannel, graph, page, page.instagram, clock)
    page.instagram.says(ZOE_ON_INSTAGRAM, "Hallo")
    yield made
    await made.close()


def to(channel: SendApiChannel, text: str, **more: Any) -> Outgoing:
    customer = ZOE if channel.name == "messenger" else ZOE_ON_INSTAGRAM
    return saying(text, channel.name, channel.account, customer, **more)


LONG = " ".join(f"Das ist Satz {number}, mit einem ß und einem 😀." for number in range(120))
CHOICES = (Button("helped_yes", label="Ja"), Button("helped_no", label="Nein"))


@pytest.mark.parametrize("name", ["messenger", "instagram"])
async def test_a_long_reply_arrives_in_parts_with_its_buttons_below_the_last(
    name: str, messenger: SendApiChannel, instagram: SendApiChannel, page: Page
) -> None:
    channels = {"messenger": (messenger, page.messenger), "instagram": (instagram, page.instagram)}
    channel, inbox = channels[name]
    outgoing = to(channel, LONG, buttons=CHOICES)
    receipt = await channel.send(outgoing)
    sent = inbox.thread(outgoing.key.chat).messages
    assert len(sent) > 1
    assert " ".join(inbox.texts(outgoing.key.chat)) == LONG
    assert ["quick_replies" in message for message in sent] == [False] * (len(sent) - 1) + [True]
    assert inbox.faces(outgoing.key.chat) == ["Ja", "Nein"]
    assert receipt.message_id == sent[-1]["mid"]


async def test_choices_that_are_too_long_for_a_button_stand_in_the_text_by_number(
    messenger: SendApiChannel, page: Page
) -> None:
    questions = ("Wie melde ich eine Störung meines Anschlusses?", "Wie kündige ich meinen Vertrag fristgerecht?")
    await messenger.send(
        to(messenger, "Meinen Sie:", buttons=tuple(Button("choose_answer", q[:9], q) for q in questions))
    )
    (text,) = page.messenger.texts(ZOE)
    assert "1. Wie melde ich eine Störung meines Anschlusses?" in text
    assert "2. Wie kündige ich meinen Vertrag fristgerecht?" in text
    assert page.messenger.faces(ZOE) == ["1. Wie melde ich ei…", "2. Wie kündige ich…"]


async def test_more_choices_than_meta_shows_stand_in_the_text_alone(messenger: SendApiChannel, page: Page) -> None:
    await messenger.send(
        to(messenger, "Worum geht es?", buttons=tuple(Button("topic", str(n), f"Thema {n}") for n in range(14)))
    )
    assert "14. Thema 13" in page.messenger.texts(ZOE)[0]
    assert page.messenger.faces(ZOE) == []


async def test_markdown_and_an_agents_name_arrive_as_plain_text(messenger: SendApiChannel, page: Page) -> None:
    await messenger.send(
        to(
            messenger,
            "**Gern**, hier: [Tarife](https://f.example/t)",
            markdown=True,
            author="Ana Weber",
            kind=ReplyKind.AGENT,
        )
    )
    assert page.messenger.texts(ZOE) == ["Ana Weber:\nGern, hier: Tarife (https://f.example/t)"]


async def test_a_person_may_answer_for_a_week_and_says_so_to_meta(
    messenger: SendApiChannel, graph: FakeGraph, page: Page
) -> None:
    by_person = to(messenger, "Da bin ich wieder.", kind=ReplyKind.AGENT, heard_at=NOON)
    await messenger.send(by_person)
    assert graph.called("messages")[-1]["messaging_type"] == "RESPONSE"
    graph.let_pass(timedelta(days=2))
    await messenger.send(by_person)
    assert graph.called("messages")[-1]["tag"] == "HUMAN_AGENT"
    assert len(page.messenger.texts(ZOE)) == 2
    graph.let_pass(timedelta(days=6))
    with pytest.raises(DeliveryError, match="wrote too long ago") as refused:
        await messenger.send(by_person)
    assert (refused.value.permanent, refused.value.certain) == (True, True)


@pytest.mark.parametrize("kind", [ReplyKind.BOT, ReplyKind.NOTICE])
async def test_the_bot_never_passes_for_a_person(
    messenger: SendApiChannel, graph: FakeGraph, page: Page, kind: ReplyKind
) -> None:
    graph.let_pass(timedelta(days=2))
    with pytest.raises(DeliveryError, match="wrote too long ago"):
        await messenger.send(to(messenger, "Noch da?", kind=kind, heard_at=NOON))
    assert "tag" not in graph.called("messages")[-1]
    assert page.messenger.texts(ZOE) == []


@pytest.mark.parametrize("fault", [Lost(), Lost(reset=True), Refusal(400, 551, "gone"), Refusal(400, 613, "too fast")])
async def test_once_a_part_has_arrived_a_failure_leaves_the_reply_uncertain(
    messenger: SendApiChannel, graph: FakeGraph, page: Page, fault: Lost | Refusal
) -> None:
    graph.fail_next("messages", None, fault)
    with pytest.raises(DeliveryError, match=r"1 of \d+ parts arrived") as broken:
        await messenger.send(to(messenger, LONG))
    assert broken.value.certain is False
    assert broken.value.retry_after is None


async def test_after_too_many_messages_nothing_more_is_asked_of_meta(
    messenger: SendApiChannel, graph: FakeGraph, clock: Clock
) -> None:
    graph.fail_next("messages", Refusal(400, 613, "too fast", headers={"Retry-After": "90"}))
    with pytest.raises(DeliveryError) as first:
        await messenger.send(to(messenger, "eins"))
    asked = len(graph.calls)
    with pytest.raises(DeliveryError) as second:
        await messenger.send(to(messenger, "zwei"))
    assert first.value.retry_after == 90
    assert 80 < (second.value.retry_after or 0) <= 90
    assert len(graph.calls) == asked
    await clock.sleep(91)
    await messenger.send(to(messenger, "drei"))


async def test_a_page_sends_300_messages_a_second_and_no_more(messenger: SendApiChannel, page: Page) -> None:
    for _ in range(300):
        await messenger.send(to(messenger, "."))
    with pytest.raises(DeliveryError) as waits:
        await messenger.send(to(messenger, "."))
    assert 0 < (waits.value.retry_after or 0) <= 1
    assert len(page.messenger.texts(ZOE)) == 300


async def test_nothing_to_say_is_not_said(messenger: SendApiChannel, graph: FakeGraph) -> None:
    with pytest.raises(DeliveryError, match="says nothing") as refused:
        await messenger.send(to(messenger, " \x00 "))
    assert refused.value.permanent
    assert graph.calls == []


async def test_a_yes_without_an_id_proves_nothing(messenger: SendApiChannel, graph: FakeGraph) -> None:
    graph.fail_next("messages", web.json_response({"recipient_id": ZOE}))
    with pytest.raises(DeliveryError) as unclear:
        await messenger.send(to(messenger, "Hallo"))
    assert unclear.value.certain is False


async def test_writing_is_shown_and_may_fail(messenger: SendApiChannel, graph: FakeGraph, page: Page) -> None:
    key = saying("", "messenger", page.id, ZOE).key
    await messenger.typing(key)
    assert page.messenger.thread(ZOE).actions == ["typing_on"]
    graph.fail_next("messages", Refusal(500, 2, "later"))
    await messenger.typing(key)


async def test_the_operator_is_told_who_meta_says_we_are(messenger: SendApiChannel, instagram: SendApiChannel) -> None:
    assert await messenger.check() == "answers in Messenger for the page Fernblick (4711)"
    assert await instagram.check() == "answers on Instagram for @fernblick (1789)"


async def test_the_operator_is_told_of_what_meta_does_not_tell(messenger: SendApiChannel, page: Page) -> None:
    page.subscribed["subscribed_fields"] = ["messages", "feed"]
    assert "nothing of messaging_postbacks, message_echoes" in await messenger.check()
    page.subscribed["id"] = "another app"
    assert "nothing of messages, messaging_postbacks" in await messenger.check()


async def test_an_account_that_is_not_linked_to_the_page_is_told(
    graph: FakeGraph, page: Page, instagram: SendApiChannel
) -> None:
    graph.nodes[page.id].fields["instagram_business_account"] = {"id": "1790", "username": "another"}
    with pytest.raises(DeliveryError, match="1789 is not linked to page 4711"):
        await instagram.check()


async def test_a_token_of_another_page_is_told(graph: FakeGraph, page: Page, clock: Clock) -> None:
    other = Page(graph, "4712", "EAAG-of-another-page", instagram="1790")
    client = GraphClient(Graph(APP_SECRET, graph.base_url, within=3), page.token)
    mixed = MessengerChannel(client, APP, other.id, other.id, LocalRates(), clock=clock)
    with pytest.raises(DeliveryError, match="not the page 4712's"):
        await mixed.check()
    await mixed.close()
