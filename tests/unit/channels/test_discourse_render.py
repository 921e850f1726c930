"""A reply as a post: what answers may use arrives, and nothing else means anything to Discourse."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.channels.discourse.markdown import literal, markdown
from bot.channels.discourse.rendering import render
from bot.domain.conversation import ConversationKey
from bot.domain.reply import Outgoing, Reply, ReplyKind, Source

# Discourse reads CommonMark with HTML, tables, strikethrough and line breaks, and more.
READER = MarkdownIt("commonmark", {"html": True, "breaks": True, "linkify": False}).enable(["table", "strikethrough"])


def shown(text: str) -> str:
    """What members see of a post, on one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", READER.render(text))).replace("\u2060", "").split())


@given(st.text(alphabet=" \n\\`*_[](){}<>#+-.!|~=:&;@$^\"'1aé😀/", max_size=40))
@example("1. a\n\n- b")
@example("a\n===")
@example("    tief eingerückt")
@example("&lt;b&gt;")
@example("\\*")
def test_any_characters_are_shown_as_they_are(text: str) -> None:
    assert shown(literal(text)) == " ".join(text.split())


@pytest.mark.parametrize(
    "text",
    ["@all", "Hallo @zoe!", "(@staff)", "**@all**", "[@all](https://x.example)", "- @admins", "\\@all", "&#64;all"],
)
def test_nobody_is_mentioned(text: str) -> None:
    assert re.search(r"(?<!\w)@\w", markdown(text)) is None
    assert "&#64;" not in markdown(text)


def test_an_address_of_mail_stays_one() -> None:
    assert markdown("hilfe@fernblick.example") == "hilfe@fernblick.example"


@pytest.mark.parametrize(
    "text",
    [
        "![Bild](https://x.example/a.png)",
        "<img src=x onerror=alert(1)>",
        "<script>alert(1)</script>",
        "<details><b>x</b></details>",
    ],
)
def test_no_image_and_no_html_comes_of_a_text(text: str) -> None:
    for made in (markdown(text), literal(text)):
        assert re.search(r"<(?!/?(p|a|br)\b)", READER.render(made)) is None


@pytest.mark.parametrize(
    "text", ["[quote]x[/quote]", "[poll]\n* a\n[/poll]", "[details=x]", "[url=https://x.example]y[/url]"]
)
def test_no_bbcode_comes_of_a_text(text: str) -> None:
    assert re.search(r"(?<!\\)\[", markdown(text)) is None


def test_what_answers_use_arrives() -> None:
    text = (
        "**Zwei Wege** und *mehr*:\n\n1. [Mein Fernblick](https://mein.fernblick.example/a_b)\n2. `*100#` wählen\n"
        "   - vom Handy\n\nDanach https://x.example/a_b_c. Fertig"
    )
    rendered = READER.render(markdown(text))
    for part in (
        "<strong>Zwei Wege</strong> und <em>mehr</em>",
        '<a href="https://mein.fernblick.example/a_b">Mein Fernblick</a>',
        "<code>*100#</code> wählen",
        "<li>vom Handy</li>",
        '<a href="https://x.example/a_b_c">https://x.example/a_b_c</a>. Fertig',
    ):
        assert part in rendered
    assert rendered.count("<ol>") == 1


def saying(text: str, **more: object) -> Outgoing:
    author = str(more.pop("author", ""))
    reply = Reply(**{"kind": ReplyKind.BOT, "text": text} | more)  # type: ignore[arg-type]
    return Outgoing(1, ConversationKey("discourse", "x", "23", "70"), reply, author)


def test_a_machine_signs_and_a_person_has_a_name() -> None:
    assert "ist ein Computerprogramm" in render(saying("Hallo"), "Fern_blick")
    assert "is a computer program" in render(saying("Hello", language="en"), "Fern_blick")
    assert "Fern\\_blick" in render(saying("Hallo"), "Fern_blick")
    agents = render(saying("Ich bin da.", kind=ReplyKind.AGENT, author="Ana *Weber*"), "Fernblick")
    assert agents.startswith("**Ana \\*Weber\\*:**\n\nIch bin da.\n\n---\n")
    assert "Mensch" in agents
    assert "Computerprogramm" not in agents


def test_the_shortest_answer_is_long_enough_for_a_post() -> None:
    for kind in (ReplyKind.AGENT, ReplyKind.BOT):
        assert len(render(saying("Ja.", kind=kind, language="en"), "F")) >= 20


def test_the_source_is_named() -> None:
    source = Source("community", "Router [neu]", "https://x.example/a", author="@zoe", votes=3)
    text = render(saying("Hallo", source=source), "Fernblick")
    assert "[Router \\[neu\\]](<https://x.example/a>)" in text
    assert "@zoe" not in text


def test_a_reply_that_says_nothing_is_no_post() -> None:
    assert render(saying(" \u202e"), "Fernblick") == ""
