"""What a page posts becomes an event, or a sentence that says what to mend."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.webchat import MAX_MESSAGE, WebChat, key_of, parse
from bot.domain.message import Button, EventKind
from bot.domain.reply import Outgoing, Reply, ReplyKind
from bot.errors import RequestRejected

ID = "0b9f5a52-7c34-4c3e-9c0e-0c5d3a4d1f10"
CHAT = key_of("c0ffee")


class Told:
    """Remembers the hints it was told."""

    def __init__(self) -> None:
        self.hints: list[tuple[str, str]] = []

    def tell(self, topic: str, hint: str = "") -> None:
        self.hints.append((topic, hint))


def test_a_text_becomes_a_message() -> None:
    event = parse({"client_id": ID, "text": " Hallo\r\nWelt\x00\u202e "}, CHAT)
    assert (event.kind, event.text, event.message_id) == (EventKind.MESSAGE, "Hallo\nWelt", ID)
    assert event.event_id == f"c0ffee:{ID}"


def test_the_same_id_in_another_conversation_is_another_event() -> None:
    body = {"client_id": ID, "text": "Hallo"}
    assert parse(body, CHAT).event_id != parse(body, key_of("decaf")).event_id


def test_a_pressed_button_becomes_a_button_event() -> None:
    event = parse({"client_id": ID, "button": {"name": "helped_yes", "value": "wifi", "label": "Ja"}}, CHAT)
    assert (event.kind, event.button, event.text) == (EventKind.BUTTON, Button("helped_yes", "wifi", "Ja"), "Ja")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ([], "JSON object"),
        ({"text": "x"}, "client_id"),
        ({"client_id": 7, "text": "x"}, "client_id"),
        ({"client_id": "seven", "text": "x"}, "client_id"),
        ({"client_id": ID}, "either text or button"),
        ({"client_id": ID, "text": "x", "button": {"name": "y"}}, "either text or button"),
        ({"client_id": ID, "text": 5}, "string"),
        ({"client_id": ID, "text": None}, "string"),
        ({"client_id": ID, "text": " \x00\u202e\n"}, "empty"),
        ({"client_id": ID, "text": "x" * (MAX_MESSAGE + 1)}, "4001 characters"),
        ({"client_id": ID, "button": "yes"}, "object"),
        ({"client_id": ID, "button": {"value": "x"}}, "strings"),
        ({"client_id": ID, "button": {"name": ""}}, "no name"),
        ({"client_id": ID, "button": {"name": "x", "value": {"$ne": 1}}}, "strings"),
        ({"client_id": ID, "button": {"name": "x" * 600}}, "at most 512"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_reason(body: Any, reason: str) -> None:
    with pytest.raises(RequestRejected, match=reason) as caught:
        parse(body, CHAT)
    assert caught.value.status == 400


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)


@given(st.fixed_dictionaries({"client_id": JSON | st.just(ID)}, optional={"text": JSON, "button": JSON}))
def test_any_json_is_an_event_or_refused(body: dict[str, Any]) -> None:
    try:
        event = parse(body, CHAT)
    except RequestRejected:
        return
    event.text.encode()


async def test_sending_is_done_at_once_and_typing_is_told() -> None:
    told = Told()
    channel = WebChat(told)
    receipt = await channel.send(Outgoing(7, CHAT, Reply(ReplyKind.BOT, "Hallo")))
    await channel.typing(CHAT)
    assert receipt.message_id == "7"
    assert told.hints == [("chat:c0ffee", "typing")]
