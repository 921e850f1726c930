"""What Discourse's webhooks mean, beyond the sample payloads of the contract suite."""

from __future__ import annotations

from typing import Any

import pytest

from bot.channels.discourse.parsing import Forum, is_private, parse_event, parse_private
from bot.channels.discourse.posts import without_quotes
from bot.channels.discourse.uploads import path_of
from bot.domain.message import EventKind, InboundEvent

FORUM = Forum("community.example", "fernblick_bot", frozenset({"hilfe"}), frozenset({"kundendienst"}))
POST = {
    "id": 501,
    "topic_id": 70,
    "post_number": 2,
    "post_type": 1,
    "user_id": 23,
    "username": "zoe",
    "version": 1,
    "updated_at": "2026-11-02T10:00:00.000Z",
    "category_slug": "hilfe",
    "topic_archetype": "regular",
}


def read(name: str = "post_created", **fields: Any) -> InboundEvent:
    return parse_event(name, {"post": POST | fields}, FORUM)


def test_edits_within_minutes_have_one_version_and_are_told_apart() -> None:
    later = "2026-11-02T10:00:41.000Z"
    ids = {read("post_edited", raw=raw, updated_at=at).event_id for raw, at in (("a", "x"), ("b", later))}
    assert len(ids) == 2


def test_a_webhook_that_is_tried_again_has_the_same_id() -> None:
    for name in ("post_created", "post_edited", "post_destroyed", "user_created", "accepted_solution"):
        assert read(name).event_id == read(name).event_id


def test_a_private_post_that_was_told_and_left_unread_is_read_once_it_is_found() -> None:
    told = read(topic_archetype="private_message", raw="geheim")
    found = parse_private(POST | {"raw": "geheim"}, FORUM)
    assert (told.kind, found.kind) == (EventKind.IGNORED, EventKind.MESSAGE)
    assert told.event_id != found.event_id
    assert "geheim" not in str(told.raw)
    assert is_private(found.key)
    assert not is_private(read(raw="x").key)


@pytest.mark.parametrize(
    ("raw", "to_us"),
    [
        ("@fernblick_bot hilf", True),
        ("Hallo (@Fernblick_Bot)", True),
        ("hilf,@fernblick_bot!", True),
        ("@fernblick_bots sind toll", False),
        ("@fernblick_bot-2", False),
        ("a@fernblick_bot.example", False),
        ("https://x.example/@fernblick_bot", False),
    ],
)
def test_only_our_whole_name_speaks_to_us(raw: str, to_us: bool) -> None:
    assert read(raw=raw).overheard is not to_us


def test_what_is_overheard_leaves_no_content_in_what_is_kept() -> None:
    found = read(raw="Ich mag den Chef nicht")
    assert found.overheard
    assert "Chef" not in str(found.raw)


def test_an_answer_to_oneself_is_overheard() -> None:
    assert read(raw="Noch was", reply_to_user={"username": "ZOE"}).overheard


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ('[quote="ben, post:1"]\nalt\n[/quote]\n\nneu', "\n\nneu"),
        ("a[QUOTE]b[quote]c[/quote]d[/QUOTE]e", "ae"),
        ("[quote]nie geschlossen", "[quote]nie geschlossen"),
        ("[/quote] nie geöffnet", "[/quote] nie geöffnet"),
        ("[quoted] ist etwas anderes", "[quoted] ist etwas anderes"),
    ],
)
def test_quotes_are_others_words(text: str, kept: str) -> None:
    assert without_quotes(text) == kept


def test_a_storm_of_quotes_is_read_in_one_go() -> None:
    assert without_quotes("[quote]" * 20_000 + "[/quote]" * 20_000 + "x") == "x"


def test_whoever_signed_in_is_not_kept() -> None:
    found = parse_event("user_logged_in", {"user": {"email": "zoe@mail.example"}}, FORUM)
    assert found.kind is EventKind.IGNORED
    assert "mail.example" not in str(found.raw)


@pytest.mark.parametrize("address", ["upload://aZ09", "upload://aZ09.png", "upload://aZ09.tar.gz"])
def test_an_upload_is_fetched_from_the_community(address: str) -> None:
    [file] = read(raw=f"@fernblick_bot ![Bild]({address})").attachments
    assert (file.source, path_of(file.source)) == (address, f"/uploads/short-url/{address.removeprefix('upload://')}")


@pytest.mark.parametrize(
    "address",
    ["https://community.example/x.png", "upload://", "upload://../x", "upload://a/b", "upload://a?b", "upload://a%2fb"],
)
def test_nothing_else_is_fetched(address: str) -> None:
    assert [file.source for file in read(raw=f"@fernblick_bot ![Bild]({address})").attachments] in ([], [""])
