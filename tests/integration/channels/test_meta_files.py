"""What customers send in Messenger, on Instagram and below a post, as an agent at the desk sees it."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from bot.assembly import FrontLine
from bot.channels.graph.client import Graph, GraphClient
from bot.domain.message import Missing
from bot.errors import FileMissing
from tests.fakes.graph import APP_SECRET, FakeGraph
from tests.fakes.graph_files import Cdn
from tests.fakes.graph_inbox import Inbox
from tests.fakes.graph_pages import Page
from tests.integration.channels.at_desk import PHOTO, WISH, files_of
from tests.integration.channels.elsewhere import elsewhere

ZOE = "6254857711234567"
FIRE = "Hilfe, der Router brennt und es raucht im ganzen Zimmer!"


@pytest.fixture
def cdn(graph: FakeGraph) -> Cdn:
    """Where Meta has customers' files."""
    return Cdn(graph)


@pytest.fixture(params=["messenger", "instagram"])
def inbox(request: pytest.FixtureRequest, page: Page) -> Inbox:
    """Each of the page's two private doors."""
    found: Inbox = getattr(page, request.param)
    return found


async def arrive(graph: FakeGraph, inbox: Inbox, *addresses: str) -> None:
    """Zoë sends photos that lie there, and wishes for a person."""
    for address in addresses:
        inbox.sends(ZOE, "image", address)
    inbox.says(ZOE, WISH)
    assert await graph.push() == [200]


async def test_a_photo_is_seen_at_the_desk_as_it_was_sent(
    house: FrontLine, graph: FakeGraph, inbox: Inbox, cdn: Cdn
) -> None:
    await arrive(graph, inbox, cdn.add(PHOTO))
    assert await files_of(house) == [("photo.png", PHOTO)]
    assert len(graph.places.visited) == 1


async def test_nothing_is_fetched_while_no_agent_is_wanted(
    house: FrontLine, graph: FakeGraph, inbox: Inbox, cdn: Cdn
) -> None:
    inbox.sends(ZOE, "image", cdn.add(PHOTO))
    await graph.push()
    await graph.until(lambda: inbox.texts(ZOE) != [])
    assert graph.places.visited == []


async def test_a_file_in_a_comment_comes_too(house: FrontLine, graph: FakeGraph, page: Page, cdn: Cdn) -> None:
    page.writes(ZOE, FIRE, photo=cdn.add(PHOTO))
    await graph.push()
    assert await files_of(house) == [("photo.png", PHOTO)]


async def test_an_address_that_has_run_out_leads_nowhere(
    house: FrontLine, graph: FakeGraph, inbox: Inbox, cdn: Cdn
) -> None:
    address = cdn.add(PHOTO)
    graph.let_pass(timedelta(days=4))
    await arrive(graph, inbox, address)
    assert await files_of(house) == [("", "gone")]


async def test_nobody_but_meta_is_asked_whatever_an_update_says(
    house: FrontLine, graph: FakeGraph, inbox: Inbox, cdn: Cdn
) -> None:
    async with elsewhere() as place:
        await arrive(graph, inbox, place.address(), place.address("https"), cdn.add(PHOTO))
        assert await files_of(house, 3) == [("", "gone"), ("", "gone"), ("photo.png", PHOTO)]
        assert place.visits == 0


async def test_stories_and_shared_posts_stay_with_their_authors(
    house: FrontLine, graph: FakeGraph, page: Page, cdn: Cdn
) -> None:
    for kind in ("story_mention", "share"):
        page.instagram.sends(ZOE, kind, cdn.add(PHOTO))
    await arrive(graph, page.instagram)
    assert await files_of(house, 2) == [("story_mention", ""), ("share", "")]
    assert graph.places.visited == []


async def test_no_log_holds_a_signed_address(
    house: FrontLine,
    graph: FakeGraph,
    page: Page,
    cdn: Cdn,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    address = cdn.add(PHOTO)
    late = address.replace("oe=", "oe=1")  # refused
    await arrive(graph, page.messenger, address, late)
    assert await files_of(house, 2) == [("photo.png", PHOTO), ("", "gone")]
    told = caplog.text + "".join(capfd.readouterr())
    assert all(address.partition("?")[2] not in told and page.token not in told for address in (address, late))


@pytest.mark.parametrize(
    "address",
    [
        "https://evilfbcdn.net/photo.png",
        "https://fbcdn.net.evil.example/photo.png",
        "https://fbcdn.net@evil.example/photo.png",
        "https://zoe@scontent.xx.fbcdn.net/photo.png",
        "https://scontent.xx.fbcdn.net:8443/photo.png",
        "http://scontent.xx.fbcdn.net/photo.png",
        "https://www.facebook.com/photo.png",
        "https://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "",
    ],
)
async def test_what_only_looks_like_an_address_of_metas_is_not_asked(address: str) -> None:
    client = GraphClient(Graph(APP_SECRET), "token")
    for download in (client.download, client.download_media):
        with pytest.raises(FileMissing) as missed:
            await download(address)
        assert missed.value.why is Missing.GONE
    await client.close()
