"""What customers send on WhatsApp, as an agent at the desk sees it."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from bot.assembly import FrontLine
from bot.channels.downloads import MAX_BYTES
from bot.delivery import fetching
from bot.delivery.retry import Backoff
from tests.fakes.graph import FakeGraph
from tests.fakes.graph_files import Media
from tests.fakes.graph_rules import Json, Refusal
from tests.fakes.graph_whatsapp import Customer, Number
from tests.integration.channels.at_desk import PHOTO, WISH, files_of
from tests.integration.channels.elsewhere import elsewhere
from tests.integration.channels.whatsapp.conftest import TOKEN

BILL = b"%PDF-1.7 a bill"


@pytest.fixture
def media(number: Number) -> Media:
    """What it is sent."""
    return Media(number)


async def arrive(number: Number, zoe: Customer, kind: str, content: Json) -> None:
    """Zoë sends it, and wishes for a person."""
    number.happens(zoe, kind, content)
    number.says(zoe, WISH)
    assert await number.graph.push() == [200]


async def test_a_photo_is_seen_at_the_desk_as_it_was_sent(
    house: FrontLine, graph: FakeGraph, number: Number, media: Media, zoe: Customer
) -> None:
    photo = media.add(PHOTO, "image/png")
    await arrive(number, zoe, "image", photo | {"caption": "So sieht es aus"})
    assert await files_of(house) == [("photo.png", PHOTO)]
    assert graph.places.visited == [f"/whatsapp_business/attachments/{photo['id']}"]


async def test_a_document_keeps_its_name(house: FrontLine, number: Number, media: Media, zoe: Customer) -> None:
    await arrive(number, zoe, "document", media.add(BILL, "application/pdf") | {"filename": "Rechnung März.pdf"})
    assert await files_of(house) == [("Rechnung März.pdf", BILL)]


async def test_what_is_too_large_is_not_asked_for(
    house: FrontLine, graph: FakeGraph, number: Number, media: Media, zoe: Customer
) -> None:
    await arrive(number, zoe, "image", media.add(PHOTO, "image/png", size=MAX_BYTES + 1))
    assert await files_of(house) == [("", "too_large")]
    assert graph.places.visited == []


@pytest.mark.parametrize(
    "fault", [Refusal(500, 2, "Service temporarily unavailable"), Refusal(401, 190, "Invalid OAuth access token.")]
)
async def test_what_meta_does_not_tell_now_comes_later(
    house: FrontLine,
    graph: FakeGraph,
    number: Number,
    media: Media,
    zoe: Customer,
    monkeypatch: pytest.MonkeyPatch,
    fault: Refusal,
) -> None:
    monkeypatch.setattr(fetching, "BACKOFF", Backoff(first=0.01, longest=0.02))
    graph.fail_next("", fault, fault)
    await arrive(number, zoe, "image", media.add(PHOTO, "image/png"))
    assert await files_of(house) == [("photo.png", PHOTO)]


async def test_after_seven_days_it_is_gone(
    house: FrontLine, graph: FakeGraph, number: Number, media: Media, zoe: Customer
) -> None:
    photo = media.add(PHOTO, "image/png")
    graph.let_pass(timedelta(days=8))
    await arrive(number, zoe, "image", photo)
    assert await files_of(house) == [("", "gone")]


async def test_an_id_that_meta_does_not_know_leads_nowhere(house: FrontLine, number: Number, zoe: Customer) -> None:
    await arrive(number, zoe, "image", {"id": "1003383421387999", "mime_type": "image/png"})
    assert await files_of(house) == [("", "gone")]


@pytest.mark.parametrize("media_id", ["../v24.0/106540352242922", "106540352242922/x", "106540352242922?fields=id"])
async def test_what_is_no_id_is_not_asked_for(
    house: FrontLine, graph: FakeGraph, number: Number, zoe: Customer, media_id: str
) -> None:
    await arrive(number, zoe, "image", {"id": media_id, "mime_type": "image/png"})
    assert await files_of(house) == [("", "gone")]
    assert {path for path, _ in graph.calls} == {f"{number.id}/messages"}


async def test_the_token_goes_to_nobody_but_meta(house: FrontLine, number: Number, media: Media, zoe: Customer) -> None:
    async with elsewhere() as place:
        await arrive(number, zoe, "image", media.add(PHOTO, "image/png", url=place.address()))
        assert await files_of(house) == [("", "gone")]
        assert place.visits == 0


async def test_no_log_holds_the_token_or_the_address(
    house: FrontLine,
    graph: FakeGraph,
    number: Number,
    media: Media,
    zoe: Customer,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    await arrive(number, zoe, "image", media.add(PHOTO, "image/png"))
    assert await files_of(house) == [("photo.png", PHOTO)]
    told = caplog.text + "".join(capfd.readouterr())
    assert TOKEN not in told
    assert all(path not in told for path in graph.places.visited)
