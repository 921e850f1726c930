"""A reply as events of a room: words twice, safely, within the size that a homeserver takes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.channels.matrix.rendering import MAX_CONTENT, render, transaction_of
from bot.domain.conversation import ConversationKey
from bot.domain.message import Button
from bot.domain.reply import Outgoing, Reply, ReplyKind, Source


def saying(
    text: str, *, author: str = "", thread: str = "", answers: str = "", number: int = 7, **more: Any
) -> Outgoing:
    reply = Reply(**{"kind": ReplyKind.BOT, "text": text} | more)
    return Outgoing(number, ConversationKey("matrix", "@f:x", "!r", thread), reply, author, answers=answers)


def only(outgoing: Outgoing, *, in_group: bool = False) -> dict[str, Any]:
    [content] = render(outgoing, in_group=in_group)
    return content


def test_words_come_plain_and_formatted() -> None:
    content = only(saying("**Zwei Wege**\n\n1. [hier](https://x.example)\n2. <b>dort</b>", markdown=True))
    assert content["body"].startswith("Zwei Wege")
    assert "<strong>Zwei Wege</strong>" in content["formatted_body"]
    assert 'href="https://x.example"' in content["formatted_body"]
    assert "<b>" not in content["formatted_body"]
    assert "&lt;b&gt;" in content["formatted_body"]


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "<img src=x onerror=y>", "a & b < c"])
def test_a_persons_words_are_shown_as_they_are(text: str) -> None:
    content = only(saying(text, kind=ReplyKind.AGENT, author="<i>Ana</i>"))
    assert content["body"].endswith(text)
    assert "<script" not in content["formatted_body"]
    assert "<img" not in content["formatted_body"]
    assert "<i>" not in content["formatted_body"]


def test_a_machine_notifies_quietly_and_a_person_speaks() -> None:
    assert only(saying("Hallo"))["msgtype"] == "m.notice"
    agents = only(saying("Ich bin da.", kind=ReplyKind.AGENT, author="Ana Weber"))
    assert agents["msgtype"] == "m.text"
    assert agents["body"] == "Ana Weber:\nIch bin da."


def test_choices_are_numbered_lines_in_both_forms() -> None:
    content = only(
        saying("Meinst du das?", buttons=(Button("choose_answer", "a", "Störung <melden>"), Button("human")))
    )
    assert "1. Störung <melden>\n2. human" in content["body"]
    assert "1. Störung &lt;melden&gt;<br>2. human" in content["formatted_body"]


def test_the_source_is_linked() -> None:
    source = Source("faq", "Router & Co", "https://x.example/?a=1&b=2")
    assert (
        '<a href="https://x.example/?a=1&amp;b=2">Router &amp; Co</a>'
        in only(saying("x", source=source))["formatted_body"]
    )


def test_what_is_answered_is_shown_among_several_and_threads_are_kept() -> None:
    assert "m.relates_to" not in only(saying("x", answers="$q"))
    assert only(saying("x", answers="$q"), in_group=True)["m.relates_to"] == {"m.in_reply_to": {"event_id": "$q"}}
    threaded = only(saying("x", thread="$root"))["m.relates_to"]
    assert threaded["m.in_reply_to"] == {"event_id": "$root"}
    long = render(saying("Satz. " * 5000, thread="$root"), in_group=False)
    assert len(long) > 1
    assert all(part["m.relates_to"]["event_id"] == "$root" for part in long)


@pytest.mark.parametrize("text", ["x" * 100_000, "😀" * 20_000, '"' * 60_000, "<" * 9_000, "**a** " * 1_900])
def test_no_event_is_larger_than_homeservers_take(text: str) -> None:
    contents = render(saying(text, markdown=True), in_group=True)
    assert contents
    assert all(len(json.dumps(content)) <= 2 * MAX_CONTENT for content in contents)
    assert all(len(json.dumps(content, ensure_ascii=False).encode()) <= MAX_CONTENT for content in contents)


def test_a_reply_that_says_nothing_is_no_event() -> None:
    assert render(saying(" \u202e"), in_group=False) == []


def test_a_transaction_is_the_same_for_the_same_words_and_another_for_others() -> None:
    def transaction(outgoing: Outgoing) -> str:
        return transaction_of(outgoing, 0, only(outgoing))

    assert transaction(saying("Hallo")) == transaction(saying("Hallo"))
    assert transaction(saying("Hallo", answers="$1")) == transaction(saying("Hallo"))  # whatever is known of the room
    assert transaction(saying("Hallo")) != transaction(saying("Hallo", number=8))
    assert transaction(saying("Hallo")) != transaction(saying("Guten Tag"))  # the same number in a new database
