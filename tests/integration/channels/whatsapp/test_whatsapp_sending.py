"""WhatsApp towards Meta: what is sent, how fast, and what a failure means."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aiohttp import web

from bot.channels.base import Request
from bot.channels.graph.client import Graph, GraphClient
from bot.channels.graph.door import GraphWebhook
from bot.channels.whatsapp import MEANINGS, WhatsAppChannel
from bot.domain.message import Button
from bot.domain.reply import Outgoing
from bot.errors import DeliveryError
from bot.rates import LocalRates
from tests.fakes.graph import APP_SECRET, FakeGraph, Lost, wire
from tests.fakes.graph_rules import Refusal
from tests.fakes.graph_whatsapp import Customer, Number
from tests.integration.channels.living import saying

CHOICES = (Button("helped_yes", label="Ja"), Button("helped_no", label="Nein"))
LONG = " ".join(f"Das ist Satz {number}, mit einem ß und einem 😀." for number in range(200))


@pytest.fixture
def zoe(number: Number, zoe: Customer) -> Customer:
    """Somebody who has written to us."""
    number.says(zoe, "Hallo")
    return zoe


@pytest.fixture
async def channel(graph: FakeGraph, number: Number) -> AsyncIterator[WhatsAppChannel]:
    async def sleep(seconds: float) -> None:
        graph.let_pass(timedelta(seconds=seconds))

    client = GraphClient(Graph(APP_SECRET, graph.base_url, within=3), number.token, meanings=MEANINGS)
    rates = LocalRates(lambda: graph.now.timestamp())
    made = WhatsAppChannel(client, number.id, number.account, rates, sleep=sleep)
    yield made
    await made.close()


def to(customer: Customer | str, text: str, *buttons: Button) -> Outgoing:
    chat = customer if isinstance(customer, str) else customer.user_id
    return saying(text, "whatsapp", "106540352242922", chat, buttons=buttons)


async def test_a_customer_is_written_to_by_user_id_or_by_phone_number(
    channel: WhatsAppChannel, graph: FakeGraph, number: Number, zoe: Customer
) -> None:
    await channel.send(to(zoe.user_id, "eins"))
    await channel.send(to(zoe.phone, "zwei"))
    assert number.texts(zoe) == ["eins", "zwei"]
    first, second = graph.called("messages")
    assert (first["recipient"], "to" in first) == (zoe.user_id, False)
    assert (second["to"], "recipient" in second) == (zoe.phone, False)


@pytest.mark.parametrize("chat", ["", "me", "106540352242922/messages", "DE.", "Y2FwaV9ncm91cDox"])
async def test_what_is_no_customer_is_not_written_to(channel: WhatsAppChannel, graph: FakeGraph, chat: str) -> None:
    with pytest.raises(DeliveryError, match="no customer") as refused:
        await channel.send(to(chat, "Hallo"))
    assert refused.value.permanent
    assert graph.calls == []


async def test_a_long_reply_arrives_in_parts_with_its_choices_below_the_last(
    channel: WhatsAppChannel, number: Number, zoe: Customer
) -> None:
    receipt = await channel.send(to(zoe, LONG, *CHOICES))
    assert len(zoe.messages) > 2
    assert " ".join(number.texts(zoe)) == LONG
    assert number.faces(zoe) == ["Ja", "Nein"]
    assert receipt.message_id == zoe.messages[-1]["id"]


@pytest.mark.parametrize("fault", [Lost(), Lost(reset=True), Refusal(400, 131026, "gone"), Refusal(500, 1, "unknown")])
async def test_once_a_part_has_arrived_a_failure_leaves_the_reply_uncertain(
    channel: WhatsAppChannel, graph: FakeGraph, zoe: Customer, fault: Lost | Refusal
) -> None:
    graph.fail_next("messages", None, fault)
    with pytest.raises(DeliveryError, match=r"1 of \d+ parts arrived") as broken:
        await channel.send(to(zoe, LONG))
    assert broken.value.certain is False


@pytest.mark.parametrize(
    ("fault", "permanent", "certain", "words"),
    [
        (Refusal(400, 131026, "…"), True, True, "cannot be reached"),
        (Refusal(400, 131047, "…"), True, True, "wrote too long ago"),
        (Refusal(403, 131031, "…"), True, True, "restricted the business account"),
        (Refusal(401, 190, "…"), True, True, "refuses the access token"),
        (Refusal(400, 100, "…"), True, True, "refuses the message"),
        (Refusal(500, 131000, "…"), False, True, "try again later"),
        (Refusal(503, 131016, "…"), False, True, "try again later"),
        (Refusal(500, 999_999, "…"), False, False, "nobody knows"),
        (Lost(), False, False, "nobody knows"),
        (web.json_response({"messages": []}), False, False, "nobody knows"),
        (web.json_response({"messages": [{"id": 7}]}), False, False, "nobody knows"),
        (web.Response(text="<html>"), False, False, "nobody knows"),
    ],
)
async def test_what_a_failure_means(
    channel: WhatsAppChannel,
    graph: FakeGraph,
    zoe: Customer,
    fault: Refusal | Lost | web.Response,
    permanent: bool,
    certain: bool,
    words: str,
) -> None:
    graph.fail_next("messages", fault)
    with pytest.raises(DeliveryError, match=words) as failed:
        await channel.send(to(zoe, "Hallo"))
    assert (failed.value.permanent, failed.value.certain) == (permanent, certain)


@pytest.mark.parametrize("code", [4, 80007, 130429, 131048])
async def test_after_too_many_messages_nobody_is_written_to_for_a_while(
    channel: WhatsAppChannel, graph: FakeGraph, number: Number, zoe: Customer, code: int
) -> None:
    jan = number.customer("4917088", "DE.4444444444444444")
    graph.fail_next("messages", Refusal(429, code, "too fast", headers={"Retry-After": "90"}))
    with pytest.raises(DeliveryError) as first:
        await channel.send(to(zoe, "eins"))
    with pytest.raises(DeliveryError) as second:
        await channel.send(to(jan, "zwei"))
    assert first.value.retry_after == 90
    assert 80 < (second.value.retry_after or 0) <= 90
    assert len(graph.calls) == 1


async def test_after_too_many_messages_to_one_customer_only_they_wait(
    channel: WhatsAppChannel, graph: FakeGraph, number: Number, zoe: Customer
) -> None:
    jan = number.customer("4917088", "DE.4444444444444444")
    number.says(jan, "Hallo")
    graph.fail_next("messages", Refusal(400, 131056, "pair rate limit hit"))
    for _ in range(2):
        with pytest.raises(DeliveryError) as waits:
            await channel.send(to(zoe, "eins"))
        assert waits.value.retry_after
    await channel.send(to(jan, "zwei"))
    assert number.texts(jan) == ["zwei"]
    assert len(graph.calls) == 2


async def test_a_customer_gets_45_messages_at_once_and_then_one_in_six_seconds(
    channel: WhatsAppChannel, graph: FakeGraph, number: Number, zoe: Customer
) -> None:
    for _ in range(45):
        await channel.send(to(zoe, "."))
    with pytest.raises(DeliveryError) as waits:
        await channel.send(to(zoe, "."))
    assert 5 < (waits.value.retry_after or 0) <= 6
    graph.let_pass(timedelta(seconds=6.1))
    await channel.send(to(zoe, "."))
    assert len(number.texts(zoe)) == 46


async def test_a_number_sends_80_messages_a_second_and_no_more(channel: WhatsAppChannel, number: Number) -> None:
    people = [number.customer(f"4917000{n:03}", f"DE.1000{n:03}") for n in range(81)]
    for person in people[:80]:
        number.says(person, "Hallo")
        await channel.send(to(person, "."))
    with pytest.raises(DeliveryError) as waits:
        await channel.send(to(people[80], "."))
    assert 0 < (waits.value.retry_after or 0) <= 1


async def test_writing_is_shown_at_the_latest_message_and_may_fail(
    channel: WhatsAppChannel, graph: FakeGraph, number: Number, zoe: Customer
) -> None:
    await channel.typing(to(zoe, "").key)
    assert graph.calls == []  # which message is the latest is not known here
    latest = number.says(zoe, "Noch da?")
    door = GraphWebhook(APP_SECRET, "v", channel.routes())
    for batch in graph.batches():
        door.parse(Request("POST", {}, {}, wire(batch)))
    await channel.typing(to(zoe, "").key)
    await channel.typing(to(zoe.phone, "").key)
    assert number.shown == [(latest, True)] * 2
    graph.fail_next("messages", Refusal(500, 131000, "later"))
    await channel.typing(to(zoe, "").key)


async def test_the_operator_is_told_who_meta_says_we_are(channel: WhatsAppChannel, graph: FakeGraph) -> None:
    assert await channel.check() == "answers on WhatsApp as Fernblick at +49 30 901820 (106540352242922)"
    graph.nodes["106540352242922"].token = "another"
    with pytest.raises(DeliveryError, match="access token"):
        await channel.check()
