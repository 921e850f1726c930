"""Replies as the Send API's messages: whatever is to be said fits, and all of it is said."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.channels.graph.sending import SendApiChannel, render
from bot.channels.instagram import InstagramChannel
from bot.channels.messenger import MessengerChannel
from bot.domain.conversation import ConversationKey
from bot.domain.message import Button
from bot.domain.reply import Outgoing, Reply, ReplyKind
from tests.fakes.graph_rules import check_message

TEXTS = st.text(st.sampled_from("aß😀. \n*_`e\u0301"), max_size=4000)
BUTTONS = st.lists(
    st.builds(Button, st.sampled_from(["choose_answer", "helped_yes"]), st.uuids().map(str), st.text(max_size=40)),
    max_size=15,
)
KINDS = st.sampled_from([MessengerChannel, InstagramChannel])


def rendered(kind: type[SendApiChannel], reply: Reply) -> list[dict[str, Any]]:
    return render(Outgoing(1, ConversationKey(kind.name, "1", "2"), reply), kind.capabilities)


@given(kind=KINDS, text=TEXTS, markdown=st.booleans(), buttons=BUTTONS)
def test_whatever_is_said_is_taken(
    kind: type[SendApiChannel], text: str, markdown: bool, buttons: list[Button]
) -> None:
    messages = rendered(kind, Reply(ReplyKind.BOT, text, markdown=markdown, buttons=tuple(buttons)))
    for message in messages:
        check_message(message, instagram=kind is InstagramChannel)
    assert not any("quick_replies" in message for message in messages[:-1])


@given(kind=KINDS, words=st.lists(st.sampled_from(["Straße", "😀", "Vertrag,", "ja."]), min_size=1, max_size=900))
def test_no_word_is_lost_between_two_parts(kind: type[SendApiChannel], words: list[str]) -> None:
    messages = rendered(kind, Reply(ReplyKind.BOT, " ".join(words)))
    assert " ".join(message["text"] for message in messages).split() == words


def test_a_press_means_the_same_button_again() -> None:
    (message,) = rendered(
        MessengerChannel, Reply(ReplyKind.BOT, "Half das?", buttons=(Button("helped_yes", "x:1", "Ja"),))
    )
    assert message["quick_replies"] == [{"content_type": "text", "title": "Ja", "payload": "helped_yes:x:1"}]


def test_a_number_means_the_same_in_the_text_and_on_the_button() -> None:
    questions = [Button("choose_answer", str(n), f"Wie melde ich die {n}. Störung meines Anschlusses?") for n in (1, 2)]
    buttons = (questions[0], Button("cancel", label="Abbrechen"), questions[1])
    (message,) = rendered(MessengerChannel, Reply(ReplyKind.BOT, "Meinen Sie:", buttons=buttons))
    assert "2. Wie melde ich die 2. Störung" in message["text"]
    assert [reply["title"][:9] for reply in message["quick_replies"]] == ["1. Wie me", "Abbrechen", "2. Wie me"]
