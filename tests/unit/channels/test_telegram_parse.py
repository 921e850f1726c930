"""What Telegram's updates mean, beyond the sample payloads of the contract suite."""

from __future__ import annotations

from typing import Any

import pytest

from bot.channels.fields import storable
from bot.channels.telegram.addressing import Identity
from bot.channels.telegram.parsing import parse_update
from bot.domain.message import Button, EventKind, InboundEvent

US = Identity("4242", "fernblick_bot")
CHAT = {"id": 7, "type": "private"}
GROUP = {"id": -7, "type": "supergroup"}


def message(**fields: Any) -> dict[str, Any]:
    content = {
        "message_id": 1,
        "date": 1_790_000_000,
        "chat": CHAT,
        "from": {"id": 7, "is_bot": False, "first_name": "Ida"},
    }
    return {"update_id": 5, "message": content | fields}


def read(**fields: Any) -> InboundEvent:
    return parse_update(message(**fields), US)


@pytest.mark.parametrize(
    ("text", "button"),
    [
        ("/start", Button("start", "", "/start")),
        ("/START  rechnung ", Button("start", "rechnung", "/start")),
        ("/help@fernblick_bot", Button("help", "", "/help")),
        ("/human bitte sofort", Button("human", "", "/human")),
        ("/language de", Button("language", "de", "/language")),
        ("/language fr", Button("language", "", "/language")),
        ("/starting", None),
        ("/restart", None),
        ("bitte /help", None),
    ],
)
def test_commands_are_buttons_and_anything_else_is_text(text: str, button: Button | None) -> None:
    event = read(text=text)
    assert event.button == button
    assert event.kind is (EventKind.BUTTON if button else EventKind.MESSAGE)
    assert event.text == ("" if button else text)


def test_text_is_cleaned_at_the_door() -> None:
    assert read(text="a\x00b\u202ec\ud800\r\nd ").text == "abc?\nd"


def test_a_text_longer_than_any_of_telegrams_is_cut() -> None:
    assert len(read(text="x" * 1_000_000).text) == 64 * 1024


@pytest.mark.parametrize(
    ("code", "language"), [("de", "de"), ("de-AT", "de"), ("EN-us", "en"), ("fr", None), ("", None)]
)
def test_only_languages_we_speak_are_taken_over(code: str, language: str | None) -> None:
    assert read(text="x", **{"from": {"id": 7, "is_bot": False, "language_code": code}}).language == language


def test_a_reply_in_a_group_is_no_topic_but_a_topic_is() -> None:
    to_us = {"message_id": 3, "from": {"id": 4242, "is_bot": True}}
    said = {"chat": GROUP, "text": "und?", "reply_to_message": to_us, "message_thread_id": 3}
    assert read(**said).key.thread == ""
    assert read(**said, is_topic_message=True).key.thread == "3"


def test_before_our_name_is_known_a_group_is_not_listened_to() -> None:
    mention = {"type": "mention", "offset": 0, "length": 14}
    said = {"chat": GROUP, "text": "@fernblick_bot hallo", "entities": [mention]}
    assert parse_update(message(**said), Identity("4242")).kind is EventKind.IGNORED
    assert read(**said).text == "hallo"


@pytest.mark.parametrize(("offset", "length"), [(-1, 14), (0, 10**18), (5, 14), (0, 0), ("0", "14"), (None, None)])
def test_a_mention_that_lies_about_its_place_is_none(offset: Any, length: Any) -> None:
    mention = {"type": "mention", "offset": offset, "length": length}
    event = read(chat=GROUP, text="@fernblick_bot hallo", entities=[mention])
    assert event.reason == "not addressed to us"


def test_somebody_whose_client_knows_no_names_can_mention_us_too() -> None:
    mention = {"type": "text_mention", "offset": 0, "length": 9, "user": {"id": 4242, "is_bot": True}}
    assert read(chat=GROUP, text="Fernblick hallo", entities=[mention]).kind is EventKind.MESSAGE


@pytest.mark.parametrize("kind", ["message", "edited_message"])
def test_of_words_not_said_to_us_nothing_is_kept(kind: str) -> None:
    update = {"update_id": 5, kind: message(chat=GROUP | {"title": "Intim"}, text="geheim")["message"]}
    event = parse_update(update, US)
    assert event.raw == {
        "update_id": 5,
        "message": {"message_id": 1, "date": 1_790_000_000, "chat": {"id": -7}},
    }


@pytest.mark.parametrize("seconds", [0, -(2**62), 2**62, 10**400, "soon", True, None])
def test_a_time_that_no_calendar_has_is_no_reason_to_fail(seconds: Any) -> None:
    event = read(text="x", date=seconds)
    assert event.kind is EventKind.MESSAGE


@pytest.mark.parametrize(
    "update", [{}, {"update_id": 1}, {"message": {}}, {"update_id": True, "message": message()["message"]}]
)
def test_an_update_without_an_id_or_content_is_the_same_event_each_time(update: dict[str, Any]) -> None:
    once, again = parse_update(update, US), parse_update(update, US)
    assert once.event_id == again.event_id != ""


def test_a_file_says_its_name_kind_and_size() -> None:
    file = {"file_id": "f", "file_name": "a" * 500, "mime_type": "application/pdf", "file_size": -5}
    [found] = read(document=file).attachments
    assert (found.kind, found.media_type, len(found.name), found.size) == ("document", "application/pdf", 256, None)


@pytest.mark.parametrize(("file_id", "source"), [("f" * 600, "f" * 600), ("f" * 5000, ""), (7, ""), (None, "")])
def test_a_file_is_fetched_by_its_whole_id(file_id: Any, source: str) -> None:
    [found] = read(voice={"file_id": file_id}).attachments
    assert found.source == source


def test_of_a_photo_the_largest_size_is_fetched() -> None:
    sizes = [{"file_id": f"size {width}", "width": width} for width in (90, 1280, 320)]
    assert [file.source for file in read(photo=sizes).attachments] == ["size 1280"]


def test_a_place_and_a_person_are_no_files() -> None:
    place, person = {"latitude": 50.7, "longitude": 7.1}, {"phone_number": "0170", "first_name": "Zoë"}
    assert [file.source for file in read(location=place, contact=person).attachments] == ["", ""]


def test_what_no_database_takes_is_replaced_in_the_raw_update() -> None:
    deep: Any = []
    for _ in range(100):
        deep = [deep]
    raw = storable({"a\x00": "\ud800", "n": 2**63, "f": float("nan"), "deep": deep, "ok": [1, 2.5, None, True, "ß"]})
    assert raw["a"] == "?"
    assert raw["n"] is None
    assert raw["f"] is None
    assert raw["ok"] == [1, 2.5, None, True, "ß"]
    assert str(raw["deep"]).count("[") == 31
