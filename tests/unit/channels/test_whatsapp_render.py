"""What is sent to WhatsApp: always within its limits, with nothing lost, and as another library would write it."""

from __future__ import annotations

from json import dumps, loads
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pywa import WhatsApp
from pywa.types import Button as TheirButton
from pywa.types import Section, SectionList, SectionRow

from bot.channels.base import TextUnit
from bot.channels.fields import Json
from bot.channels.whatsapp.rendering import addressed, render, reply_in
from bot.domain.conversation import ConversationKey
from bot.domain.message import Button
from bot.domain.reply import Outgoing, Reply, ReplyKind
from tests.fakes.graph_whatsapp import check_content

PHONE, USER_ID = "491701234567", "DE.1349120865530274"
YES, NO = Button("helped_yes", label="Ja"), Button("helped_no", label="Nein")
measure = TextUnit.UTF16.measure


def saying(text: str, *buttons: Button, language: str = "de") -> Outgoing:
    reply = Reply(ReplyKind.BOT, text, buttons=buttons, language=language)
    return Outgoing(1, ConversationKey("whatsapp", "1", PHONE), reply)


def body_of(content: Json) -> str:
    return str(content["text"]["body"] if content["type"] == "text" else content["interactive"]["body"]["text"])


def rows_of(content: Json) -> list[Json]:
    (section,) = content["interactive"]["action"]["sections"]
    return list(section["rows"])


def test_a_text_shows_no_preview_of_its_links() -> None:
    (content,) = render(saying("Hier: https://f.example/t"))
    assert content["text"] == {"body": "Hier: https://f.example/t", "preview_url": False}


def test_up_to_three_short_choices_are_buttons() -> None:
    (content,) = render(saying("Hat das geholfen?", YES, NO))
    replies = [button["reply"] for button in content["interactive"]["action"]["buttons"]]
    assert replies == [{"id": "helped_yes", "title": "Ja"}, {"id": "helped_no", "title": "Nein"}]


@pytest.mark.parametrize(("language", "opened_by"), [("de", "Auswählen"), ("en", "Choose")])
def test_more_choices_or_longer_ones_are_a_list_that_shows_them_whole(language: str, opened_by: str) -> None:
    long = "Wie kündige ich meinen Vertrag fristgerecht?"
    (content,) = render(
        saying(
            "Meinen Sie:",
            Button("choose_answer", "k", long),
            Button("choose_answer", "s", "Störung"),
            language=language,
        )
    )
    assert content["interactive"]["action"]["button"] == opened_by
    assert rows_of(content) == [
        {"id": "choose_answer:k", "title": "Wie kündige ich meinen…", "description": long},
        {"id": "choose_answer:s", "title": "Störung"},
    ]
    assert body_of(content) == "Meinen Sie:"


def test_choices_that_a_list_cannot_show_whole_or_apart_stand_in_the_text_by_number() -> None:
    long = "Wie kündige ich meinen Vertrag, wenn ich umziehe und am neuen Ort kein Anschluss möglich ist?"
    (content,) = render(
        saying("Meinen Sie:", Button("a", "1", long), Button("a", "2", "Störung"), Button("cancel", label="Nein"))
    )
    assert f"1. {long}" in body_of(content)
    assert [row["title"] for row in rows_of(content)] == ["1. Wie kündige ich mein…", "2. Störung", "Nein"]
    (content,) = render(saying("Meinen Sie:", Button("a", "1", "Gleich"), Button("a", "2", "Gleich")))
    assert [row["title"] for row in rows_of(content)] == ["1. Gleich", "2. Gleich"]


def test_more_choices_than_a_list_has_stand_in_the_text_alone() -> None:
    (content,) = render(saying("Worum geht es?", *(Button("topic", str(n), f"Thema {n}") for n in range(11))))
    assert content["type"] == "text"
    assert "11. Thema 10" in body_of(content)


def test_a_long_text_keeps_its_choices_below_its_end() -> None:
    text = " ".join(f"Das ist Satz {number}, mit einem ß und einem 😀." for number in range(200))
    contents = render(saying(text, YES, NO))
    assert [content["type"] for content in contents] == ["text"] * (len(contents) - 1) + ["interactive"]
    assert " ".join(map(body_of, contents)) == text
    assert [reply_in(content.get("biz_opaque_callback_data", "")) for content in contents][-2:] == [None, 1]


words = st.text(st.characters(codec="utf-8"), max_size=6000)
labels = st.text(st.characters(codec="utf-8"), max_size=90)
buttons = st.lists(
    st.builds(Button, st.sampled_from(["a", "b", "cancel"]), st.text("xyz:", max_size=150), labels), max_size=12
)


@pytest.mark.parametrize(
    "mark", ["", "17", "frontline:", "frontline:x", "frontline:-1", "frontline:²", f"frontline:{10**18}"]
)
def test_a_mark_that_is_not_ours_is_for_no_reply(mark: str) -> None:
    assert reply_in(mark) is None


@given(words, buttons)
def test_whatever_is_said_is_within_the_limits(text: str, choices: list[Button]) -> None:
    for content in render(saying(text, *choices)):
        check_content(addressed(content, PHONE))


def theirs(to: str, text: str, buttons: Any = None) -> Json:
    """The body that pywa makes of the same."""
    client = WhatsApp(phone_id="1", token="t")
    bodies: list[Json] = []

    def take(method: str, endpoint: str, json: Json, **_: Any) -> Json:
        assert (method, endpoint) == ("POST", "/1/messages")
        bodies.append(json)
        return {"messages": [{"id": "wamid.1"}], "contacts": [{"input": to, "wa_id": to}]}

    client.api._request = take  # type: ignore[method-assign]  # nothing leaves
    client.send_message(to, text, buttons=buttons, preview_url=False, tracker="frontline:1")
    return cast(Json, loads(dumps(bodies[0])))  # as it goes over the wire


@pytest.mark.parametrize("chat", [PHONE, USER_ID, "DE.ENT.11815799212886844830"])
def test_bodies_are_those_of_pywa(chat: str) -> None:
    def ours(*buttons: Button) -> Json:
        (content,) = render(saying("Worum geht es?", *buttons))
        return addressed(content, chat)

    assert ours() == theirs(chat, "Worum geht es?")
    assert ours(YES, NO) == theirs(
        chat, "Worum geht es?", [TheirButton("Ja", "helped_yes"), TheirButton("Nein", "helped_no")]
    )
    long = "Wie kündige ich meinen Vertrag fristgerecht?"
    rows = [SectionRow("Wie kündige ich meinen…", "choose_answer:k", long), SectionRow("Störung", "choose_answer:s")]
    told = theirs(chat, "Worum geht es?", SectionList("Auswählen", [Section("Titel", rows)]))
    del told["interactive"]["action"]["sections"][0][
        "title"
    ]  # pywa always has one, Meta wants it only from two sections on
    assert ours(Button("choose_answer", "k", long), Button("choose_answer", "s", "Störung")) == told
