"""The client of the Graph API: what leaves, what comes back, and what a failure means."""

from __future__ import annotations

import traceback
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from bot.channels.graph.client import Graph, GraphClient
from bot.channels.graph.failures import FULL_WAIT, Meaning
from bot.errors import DeliveryError
from tests.fakes.graph import APP_SECRET, FakeGraph, Lost
from tests.fakes.graph_pages import Page
from tests.fakes.graph_rules import Json, Refusal

TOKEN = "EAAG-page-token-of-the-tests"
SECRET_WORDS = "mein Kennwort ist Pfefferminz"
MESSAGE = {"recipient": {"id": "77"}, "messaging_type": "RESPONSE", "message": {"text": SECRET_WORDS}}


@pytest.fixture
def page(graph: FakeGraph) -> Page:
    page = Page(graph, "4711", TOKEN)
    page.messenger.says("77", "Hallo")
    return page


@pytest.fixture
async def client(graph: FakeGraph, page: Page) -> AsyncIterator[GraphClient]:
    made = GraphClient(Graph(APP_SECRET, graph.base_url), page.token)
    yield made
    await made.close()


async def failure(client: GraphClient, body: Json = MESSAGE) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        await client.create("4711/messages", body)
    told = "".join(traceback.format_exception(caught.value))
    assert TOKEN not in told
    assert SECRET_WORDS not in told
    return caught.value


async def test_a_message_arrives_and_has_an_id(client: GraphClient, page: Page) -> None:
    answer = await client.post("4711/messages", MESSAGE)
    assert answer["message_id"] == page.messenger.thread("77").messages[0]["mid"]
    assert page.messenger.texts("77") == [SECRET_WORDS]


async def test_meta_says_who_we_are(client: GraphClient) -> None:
    assert (await client.get("me", fields="id,name"))["name"] == "Fernblick"


@pytest.mark.parametrize(
    ("refusal", "permanent", "certain", "wait"),
    [
        (Refusal(401, 190, "Error validating access token: EAAG-page-token-of-the-tests"), True, True, None),
        (Refusal(400, 10, "outside of allowed window", subcode=2018278), True, True, None),
        (Refusal(400, 551, "This person isn't available right now"), True, True, None),
        (Refusal(400, 200, "Cannot message users who are not admins", subcode=1545041), True, True, None),
        (Refusal(400, 100, "No matching user found", subcode=2018001), True, True, None),
        (Refusal(403, 368, "temporarily blocked for policies violations"), True, True, None),
        (Refusal(400, 4, "Application request limit reached"), False, True, FULL_WAIT),
        (
            Refusal(400, 613, "Calls to this api have exceeded the rate limit", headers={"Retry-After": "7"}),
            False,
            True,
            7,
        ),
        (
            Refusal(
                400,
                80006,
                "too many",
                headers={
                    "X-Business-Use-Case-Usage": '{"4711":[{"type":"messenger","estimated_time_to_regain_access":3}]}'
                },
            ),
            False,
            True,
            180,
        ),
        (Refusal(429, 0, "Too Many Requests"), False, True, FULL_WAIT),
        (Refusal(500, 2, "An unexpected error has occurred. Please retry your request later."), False, True, None),
        (Refusal(500, 1200, "Temporary send message failure. Please try again later."), False, True, None),
        (Refusal(500, 1, "An unknown error has occurred"), False, False, None),
        (Refusal(503, 0, "Service Unavailable"), False, False, None),
        (Refusal(400, 987654, "a code of next year"), True, True, None),
    ],
    ids=lambda part: str(part.code) if isinstance(part, Refusal) else None,
)
async def test_what_a_refusal_means(
    client: GraphClient,
    graph: FakeGraph,
    page: Page,
    refusal: Refusal,
    permanent: bool,
    certain: bool,
    wait: float | None,
) -> None:
    graph.fail_next("messages", refusal)
    error = await failure(client)
    assert (error.permanent, error.certain, error.retry_after) == (permanent, certain, wait)
    assert page.messenger.texts("77") == []


@pytest.mark.parametrize("fault", [Lost(reset=True), Lost()], ids=["broken", "silent"])
async def test_of_what_was_taken_and_not_answered_nobody_knows(graph: FakeGraph, page: Page, fault: Lost) -> None:
    hasty = GraphClient(Graph(APP_SECRET, graph.base_url, within=0.5), page.token)
    graph.fail_next("messages", fault)
    assert (await failure(hasty)).certain is False
    await hasty.close()
    assert page.messenger.texts("77") == [SECRET_WORDS]


@pytest.mark.parametrize("body", [b"<html>Bad Gateway</html>", b'{"error": [', b"[" * 100_000])
async def test_a_proxy_that_answers_for_meta_proves_nothing(client: GraphClient, graph: FakeGraph, body: bytes) -> None:
    graph.fail_next("messages", web.Response(status=502, body=body))
    assert (await failure(client)).certain is False


async def test_a_yes_that_is_not_metas_proves_nothing_either(client: GraphClient, graph: FakeGraph) -> None:
    graph.fail_next("messages", web.Response(status=200, body=b"<html>Welcome to our Wi-Fi</html>"))
    assert (await failure(client)).certain is False


async def test_a_redirect_is_not_followed(client: GraphClient, graph: FakeGraph) -> None:
    graph.fail_next("messages", web.Response(status=302, headers={"Location": f"{graph.base_url}/elsewhere"}))
    error = await failure(client)
    assert (error.permanent, error.certain) == (False, True)
    assert len(graph.calls) == 1


async def test_nobody_got_what_never_left(page: Page) -> None:
    away = GraphClient(Graph(APP_SECRET, "http://127.0.0.1:9"), page.token)
    error = await failure(away)
    await away.close()
    assert (error.permanent, error.certain) == (False, True)


async def test_a_product_says_what_its_own_codes_mean(graph: FakeGraph, page: Page) -> None:
    meanings = {131047: Meaning("the window is closed")}
    client = GraphClient(Graph(APP_SECRET, graph.base_url), page.token, meanings=meanings)
    graph.fail_next("messages", Refusal(500, 131047, "Re-engagement message"))
    error = await failure(client)
    await client.close()
    assert (error.permanent, error.certain) == (True, True)
    assert "the window is closed" in error.reason
