"""Meta's updates, whichever way they come: the same event each time, and never more than can be stored."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.channels.base import Request
from bot.channels.fields import MAX_SOURCE
from bot.channels.graph.delivery import Delivery
from bot.channels.graph.door import GraphWebhook
from bot.channels.graph.feed import translate as translate_feed
from bot.channels.graph.messaging import translate
from bot.domain.message import Attachment, EventKind, InboundEvent
from bot.errors import RequestRejected

PAGE, APP, ZOE = "4711", "9001", "77"


def door() -> GraphWebhook:
    def private(delivery: Delivery) -> list[InboundEvent]:
        return translate(delivery, APP)

    routes = {("page", PAGE, "messaging"): private, ("page", PAGE, "changes"): translate_feed}
    return GraphWebhook("secret", "token", routes)


def update(**what: Any) -> dict[str, Any]:
    return {"sender": {"id": ZOE}, "recipient": {"id": PAGE}, "timestamp": 1795000000123, **what}


def parsed(*updates: Any, container: str = "messaging", time: int = 1) -> list[InboundEvent]:
    body = {"object": "page", "entry": [{"id": PAGE, "time": time, container: list(updates)}]}
    return door().parse(Request("POST", {}, {}, json.dumps(body).encode()))


UPDATES = [
    update(message={"mid": "m1", "text": "Hallo"}),
    update(message_edit={"mid": "m1", "text": "Hallo du", "num_edit": 1}),
    update(message_edit={"mid": "m1", "text": "Hallo du"}),
    update(message={"mid": "m1", "is_deleted": True}),
    update(postback={"title": "Hilfe", "payload": "help"}),
    update(referral={"ref": "a"}),
    update(delivery={"mids": ["m2", "m3"]}),
    update(read={"watermark": 1795000000000}),
    update(pass_thread_control={"new_owner_app_id": APP}),
    update(take_thread_control={"previous_owner_app_id": APP}),
    update(reaction={"mid": "m2"}),
    update(later={}),
]


def test_an_update_is_the_same_event_in_whichever_batch_it_comes() -> None:
    together = [event.event_id for event in parsed(*UPDATES)]
    alone = [event.event_id for one in UPDATES for event in parsed(one, time=99)]
    assert together == alone
    assert len(set(together)) == len(together) == len(UPDATES) + 1


def test_each_event_keeps_its_own_update_and_no_other() -> None:
    first, second = parsed(*UPDATES[:2])
    assert first.raw == {"object": "page", "entry": [{"id": PAGE, "time": 1, "messaging": [UPDATES[0]]}]}
    assert "Hallo du" in str(second.raw)


def test_the_moment_is_read_to_the_millisecond() -> None:
    (event,) = parsed(UPDATES[0])
    assert event.sent_at is not None
    assert event.sent_at.isoformat() == "2026-11-18T11:06:40.123000+00:00"


@pytest.mark.parametrize("mid", ["x" * 201, {"a": 1}, None, True, [], ""])
def test_an_id_that_is_none_makes_no_message(mid: Any) -> None:
    (event,) = parsed(update(message={"mid": mid, "text": "Hallo"}))
    assert (event.kind, event.reason) == (EventKind.IGNORED, "malformed")


def test_what_would_not_fit_the_tables_is_ignored() -> None:
    events = parsed(
        update(message={"mid": "m" * 200, "text": "x"}),
        update(message_edit={"mid": "m" * 200, "text": "x", "num_edit": 10**9}),
        {**update(message={"mid": "m4", "text": "x"}), "sender": {"id": "7" * 129}},
        update(**{"k" * 500: {}}),
    )
    assert all(len(event.event_id) <= 256 and len(event.reason) <= 128 for event in events)
    assert [event.kind.value for event in events] == ["message", "edit", "ignored", "ignored"]


def test_a_person_who_types_a_word_of_ours_is_no_echo() -> None:
    (event,) = parsed(update(message={"mid": "m5", "text": "frontline:17", "metadata": "frontline:17"}))
    assert event.kind is EventKind.MESSAGE


def test_what_is_said_to_another_app_leaves_no_words() -> None:
    echo = {"sender": {"id": PAGE}, "recipient": {"id": ZOE}, "timestamp": 1}
    (event,) = parsed({**echo, "message": {"mid": "m6", "is_echo": True, "app_id": APP, "text": "geheim"}})
    assert event.reason == "our own word"
    assert "geheim" not in str(event.raw)


def test_changes_of_one_comment_are_events_of_their_own() -> None:
    value = {"from": {"id": ZOE}, "item": "comment", "post_id": "1_2", "comment_id": "2_3", "created_time": 1795000000}
    verbs = [("add", "a"), ("edited", "b"), ("edited", "c"), ("remove", "")]
    changes = [{"field": "feed", "value": {**value, "verb": verb, "message": text}} for verb, text in verbs]
    events = parsed(*changes, container="changes")
    assert [event.kind.value for event in events] == ["message", "edit", "edit", "delete"]
    assert len({event.event_id for event in events}) == 4
    assert {event.message_id for event in events} == {"2_3"}


def the_file(*updates: Any, container: str = "messaging") -> Attachment:
    [event] = parsed(*updates, container=container)
    [file] = event.attachments
    return file


def photo(address: Any, kind: str = "image", **more: Any) -> dict[str, Any]:
    return update(message={"mid": "m7", "attachments": [{"type": kind, "payload": {"url": address, **more}}]})


def commented(**value: Any) -> dict[str, Any]:
    told = {"from": {"id": ZOE}, "item": "comment", "verb": "add", "post_id": "1_2", "comment_id": "2_3"}
    return {"field": "feed", "value": {**told, **value}}


@pytest.mark.parametrize("length", [40, 512, 513, MAX_SOURCE])
def test_an_address_is_kept_whole(length: int) -> None:
    address = "https://scontent.xx.fbcdn.net/v/1.jpg?oh=".ljust(length, "x")
    assert the_file(photo(address)).source == address
    assert the_file(commented(photo=address), container="changes").source == address


@pytest.mark.parametrize("address", ["https://fbcdn.net/".ljust(MAX_SOURCE + 1, "x"), "1.jpg", "javascript:x", 7, None])
def test_what_is_no_address_or_would_be_cut_is_left_out(address: Any) -> None:
    assert the_file(photo(address)).source == ""


@pytest.mark.parametrize("kind", ["audio", "video", "file"])
def test_where_a_customers_own_file_is_is_told(kind: str) -> None:
    assert the_file(photo("https://cdn.fbsbx.com/1", kind, id="17")).source == "https://cdn.fbsbx.com/1"


@pytest.mark.parametrize(
    "kind", ["story_mention", "share", "ig_post", "ig_reel", "reel", "template", "fallback", "later"]
)
def test_what_is_another_ones_or_no_file_is_not_fetched(kind: str) -> None:
    assert the_file(photo("https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id=1", kind)).source == ""


@pytest.mark.parametrize(
    ("value", "source"),
    [
        (
            {"item": "photo", "photo_id": "88001", "link": "https://scontent.xx.fbcdn.net/2.jpg"},
            "https://scontent.xx.fbcdn.net/2.jpg",
        ),
        ({"item": "video", "link": "https://video.xx.fbcdn.net/2.mp4"}, "https://video.xx.fbcdn.net/2.mp4"),
        ({"item": "comment", "photo_id": "88001", "link": "https://news.example/"}, ""),
        ({"item": "status", "message": "", "link": "https://news.example/"}, ""),
    ],
)
def test_only_a_visitors_post_of_a_photo_or_video_is_where_it_links_to(value: dict[str, str], source: str) -> None:
    assert the_file(commented(**value), container="changes").source == source


@pytest.mark.parametrize("token", ["", "Token", "token ", "tökén", "\ud800"])
def test_only_the_verify_token_opens(token: str) -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": "1"}
    with pytest.raises(RequestRejected) as refused:
        door().greet(Request("GET", {}, query, b""))
    assert refused.value.status == 401


def test_the_challenge_comes_back_as_it_was() -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": "token", "hub.challenge": "1158201444"}
    greeting = door().greet(Request("GET", {}, query, b""))
    assert greeting is not None
    assert (greeting.text, greeting.media_type) == ("1158201444", "text/plain")
    assert door().greet(Request("POST", {}, query, b"")) is None
