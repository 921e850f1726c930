"""What Matrix's events mean, beyond the sample payloads of the contract suite; and what is waited for."""

from __future__ import annotations

from typing import Any

import pytest

from bot.channels.matrix.addressing import Me, Room
from bot.channels.matrix.content import without_fallback
from bot.channels.matrix.parsing import MARK, parse_event
from bot.channels.matrix.sealed import PATIENCE, Sealed
from bot.domain.message import EventKind, InboundEvent
from tests.clock import Clock

US = Me("@fernblick:example.org", "Fernblick")
TWO, MANY = Room("!two", 2), Room("!many", 9)


def event(content: Any, **more: Any) -> dict[str, Any]:
    told = {
        "type": "m.room.message",
        "sender": "@zoe:example.org",
        "event_id": "$1",
        "origin_server_ts": 1_793_600_000_000,
    }
    return told | {"content": content} | more


def read(body: str, room: Room = MANY, **content: Any) -> InboundEvent:
    found = parse_event(event({"msgtype": "m.text", "body": body} | content), room, US)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("body", "rest"),
    [
        ("Fernblick: hilf", "hilf"),
        ("fernblick, hilf", "hilf"),
        ("@Fernblick hilf", "hilf"),
        ("@fernblick:example.org: hilf", "hilf"),
        ("  Fernblick   hilf Fernblick", "hilf Fernblick"),
    ],
)
def test_a_message_that_begins_with_our_name_is_ours(body: str, rest: str) -> None:
    assert (read(body).kind, read(body).text) == (EventKind.MESSAGE, rest)


@pytest.mark.parametrize("body", ["Fernblicke sind schön", "der Fernblick ist schön", "@fernblick:example.organic hi"])
def test_a_message_that_only_has_our_name_in_it_is_not(body: str) -> None:
    assert read(body).kind is EventKind.IGNORED


def test_who_says_whom_they_mention_is_believed() -> None:
    assert read("Fernblick: hilf", **{"m.mentions": {}}).kind is EventKind.IGNORED
    assert read("hilf", **{"m.mentions": {"user_ids": [US.account]}}).kind is EventKind.MESSAGE


@pytest.mark.parametrize("odd", [[], "x", {"user_ids": "all"}, {"user_ids": {"@fernblick:example.org": 1}}, None])
def test_mentions_of_any_shape_are_read(odd: Any) -> None:
    assert read("hilf", **{"m.mentions": odd}).kind is EventKind.IGNORED


def test_what_was_not_said_to_us_leaves_no_content() -> None:
    assert "Chef" not in str(read("Ich mag den Chef nicht").raw)


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ("> <@a:b> alt\n> noch alt\n\nneu", "neu"),
        ("> * <@a:b> winkt\n\nneu", "neu"),
        ("> <@a:b> alt", ""),
        ("> meins\nneu", "> meins\nneu"),
        ("neu\n> <@a:b> kein Zitat", "neu\n> <@a:b> kein Zitat"),
    ],
)
def test_the_fallback_of_an_answer_is_left_out(body: str, kept: str) -> None:
    assert without_fallback(body) == kept


def test_our_own_words_are_known_by_their_mark_and_edits_from_our_account_are_nobodys() -> None:
    ours = {"msgtype": "m.notice", "body": "Hallo"}
    edit = {"m.new_content": ours, "m.relates_to": {"rel_type": "m.replace", "event_id": "$0"}}
    assert parse_event(event(ours | {MARK: "1"}, sender=US.account), TWO, US) is None
    assert parse_event(event(ours | edit, sender=US.account), TWO, US) is None
    person = parse_event(event(ours, sender=US.account), TWO, US)
    assert person is not None
    assert person.kind is EventKind.TAKEN_OVER


def test_text_is_cleaned_and_cut_at_the_door() -> None:
    assert read("a\x00b\u202ec\r\nd ", TWO).text == "abc\nd"
    assert len(read("x" * 1_000_000, TWO).text) == 64 * 1024


class Lock:
    """Stands for the keys: what can be opened, and with what inside."""

    has_keys = True

    def __init__(self) -> None:
        self.inside: dict[str, dict[str, Any]] = {}

    def read(self, _room_id: str, sealed: dict[str, Any]) -> dict[str, Any] | None:
        return self.inside.get(sealed["event_id"])


def sealed(number: int) -> dict[str, Any]:
    return event({"algorithm": "m.megolm.v1.aes-sha2"}, type="m.room.encrypted", event_id=f"${number}")


def test_a_message_waits_for_its_key_and_where_we_stand_waits_with_it() -> None:
    keys, clock = Lock(), Clock()
    waiting = Sealed(keys, clock)  # type: ignore[arg-type]
    assert waiting.opened("!r", [sealed(1)], "s1", US.account) == []
    assert waiting.opened("!r", [sealed(2)], "s2", US.account) == []
    assert (waiting.since, waiting.late()) == ("s1", {})
    keys.inside["$1"] = event({"msgtype": "m.text", "body": "auf"})
    assert waiting.late() == {"!r": {"timeline": {"events": [keys.inside["$1"]]}}}
    assert waiting.since == "s2"
    clock.now += PATIENCE
    assert waiting.late() == {"!r": {"timeline": {"events": [sealed(2)]}}}
    assert waiting.since == ""


def test_what_comes_with_its_key_does_not_wait_and_our_own_is_never_waited_for() -> None:
    keys = Lock()
    keys.inside["$1"] = event({"msgtype": "m.text", "body": "auf"})
    waiting = Sealed(keys, Clock())  # type: ignore[arg-type]
    own = sealed(2) | {"sender": US.account}
    assert waiting.opened("!r", [sealed(1), own], "s1", US.account) == [keys.inside["$1"]]
    assert waiting.since == ""
