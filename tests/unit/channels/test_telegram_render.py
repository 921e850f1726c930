"""Replies as Telegram is asked to show them: nothing a text contains can format itself, and everything fits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.markup import to_plain
from bot.channels.telegram.keyboard import decode, encode, keyboard
from bot.channels.telegram.rendering import Part, render
from bot.domain.message import Button
from bot.domain.reply import Reply, ReplyKind, Source
from tests.fakes.telegram_rules import check_keyboard, check_text


def bot_says(text: str, **more: object) -> list[Part]:
    return render(Reply(ReplyKind.BOT, text, markdown=True, **more))  # type: ignore[arg-type]


def formatting(part: Part) -> dict[str, list[str]]:
    """The words under each kind of formatting, cut out as Telegram does it: by UTF-16 units."""
    units = part.text.encode("utf-16-le")
    found: dict[str, list[str]] = {}
    for entity in part.entities:
        words = units[2 * entity.offset : 2 * (entity.offset + entity.length)].decode("utf-16-le")
        found.setdefault(entity.type, []).append(words)
    return found


def check(part: Part) -> None:
    check_text(part.text, [entity.to_dict() for entity in part.entities])
    check_keyboard(part.keyboard.to_dict() if part.keyboard else None)


def test_the_markdown_of_answers_becomes_entities() -> None:
    [part] = bot_says("😀 **Fett** und *schräg*, [Störungskarte](https://a.example/s?x=1&y=(2)) und `*100#`.")
    assert part.text == "😀 Fett und schräg, Störungskarte und *100#."
    assert formatting(part) == {
        "bold": ["Fett"],
        "italic": ["schräg"],
        "text_link": ["Störungskarte"],
        "code": ["*100#"],
    }
    assert [entity.url for entity in part.entities if entity.url] == ["https://a.example/s?x=1&y=(2)"]


def test_lists_keep_their_shape() -> None:
    [part] = bot_says("Erst:\n\n3. drei\n4. vier\n   - innen **x**\n   - auch\n\nDann:\n\n- a\n- b\n")
    assert part.text == "Erst:\n\n3. drei\n4. vier\n   • innen x\n   • auch\n\nDann:\n\n• a\n• b"
    assert formatting(part) == {"bold": ["x"]}


@pytest.mark.parametrize("text", ["# Titel", "> Zitat", "---", "a\n===", "    a", "![x](y)", "eins\nzwei"])
def test_telegram_reads_the_dialect_of_the_web(text: str) -> None:
    [part] = bot_says(f"Erst:\n\n{text}\n\nDann.")
    assert part.text == to_plain(f"Erst:\n\n{text}\n\nDann.")


def test_code_within_other_formatting_gives_way_since_telegram_refuses_both() -> None:
    [part] = bot_says("**Taste `WPS` drücken**")
    check(part)
    assert formatting(part) == {"bold": ["Taste WPS drücken"]}


@pytest.mark.parametrize(
    ("link", "shown"),
    [
        ("[Mail](mailto:hilfe@a.example)", "Mail (hilfe@a.example)"),
        ("[hilfe@a.example](mailto:hilfe@a.example)", "hilfe@a.example"),
        ("[anrufen](tel:+4930)", "anrufen (+4930)"),
        ("[**Hilfe**](/hilfe)", "Hilfe (/hilfe)"),
    ],
)
def test_a_link_that_telegram_cannot_open_shows_where_it_leads(link: str, shown: str) -> None:
    [part] = bot_says(link)
    assert part.text == shown
    assert "text_link" not in formatting(part)


@pytest.mark.parametrize(
    "text", ["<b>x</b>", "[x](javascript:alert)", "<script>alert(1)</script>", "a_b_c ~x~ ||y|| @alle /x"]
)
def test_html_and_foreign_markup_stay_characters(text: str) -> None:
    [part] = bot_says(text)
    assert part.text == text
    assert part.entities == ()


def test_an_agents_words_are_taken_as_they_are_and_signed() -> None:
    [part] = render(Reply(ReplyKind.AGENT, "**Nicht** fett, [kein](https://link.example)"), "Jana\nKühn")
    assert part.text == "Jana Kühn\n**Nicht** fett, [kein](https://link.example)"
    assert formatting(part) == {"bold": ["Jana Kühn"]}


@pytest.mark.parametrize(
    ("source", "language", "line"),
    [
        (Source("faq", "Kündigen", "https://a.example/k"), "de", "Quelle: Kündigen"),
        (Source("faq", "Cancelling", "https://a.example/k"), "en", "Source: Cancelling"),
        (
            Source("community", "Drucker", "https://a.example/d", "Petra", 14),
            "de",
            "Aus unserer Community, von Petra, 14 fanden das hilfreich: Drucker",
        ),
        (
            Source("community", "Printer", "https://a.example/d", "Petra", 1),
            "en",
            "From our community, by Petra, one person found this helpful: Printer",
        ),
        (Source("community", "Drucker", "https://a.example/d"), "fr", "Aus unserer Community: Drucker"),
        (
            Source("community", "{votes}", "https://a.example/d", "{title}", 2),
            "de",
            "Aus unserer Community, von {title}, 2 fanden das hilfreich: {votes}",
        ),
    ],
)
def test_an_answer_says_where_it_is_from(source: Source, language: str, line: str) -> None:
    [part] = bot_says("Antwort.", language=language, source=source)
    assert part.text == f"Antwort.\n\n{line}"
    assert formatting(part) == {"text_link": [source.title]}


def test_an_author_cannot_format_the_source_line() -> None:
    source = Source("community", "[x](https://evil.example)\n\n<b>", "javascript:alert(1)", "**Root**\u202e")
    [part] = bot_says("Antwort.", source=source)
    assert part.text.endswith("von **Root**: [x](https://evil.example) <b>")
    assert part.entities == ()


def test_nothing_to_say_is_nothing_to_send() -> None:
    assert bot_says(" \n\x00 ") == []


def test_long_texts_are_split_and_formatting_goes_on_in_the_next_part() -> None:
    parts = bot_says("**" + "Wort 😀 " * 1200 + "Ende**", buttons=(Button("human", label="Mensch"),))
    assert len(parts) > 1
    for part in parts:
        check(part)
        assert formatting(part) == {"bold": [part.text]}
    assert [bool(part.keyboard) for part in parts] == [False] * (len(parts) - 1) + [True]


def test_of_too_many_entities_the_links_stay() -> None:
    [part] = bot_says("**x** " * 150 + "[Karte](https://a.example)")
    assert len(part.entities) == 100
    assert formatting(part)["text_link"] == ["Karte"]


MARKS = st.sampled_from(
    [
        "**",
        "*",
        "`",
        "[",
        "](https://a.example)",
        "](tel:1)",
        "- ",
        "1. ",
        "# ",
        "> ",
        "\n",
        "\n\n",
        "   ",
        "<b>",
        "😀",
        "ß",
        "\\",
        "```",
        "\ud800",
        "\x00",
    ]
)


@given(st.lists(st.one_of(MARKS, st.text(max_size=8)), max_size=60), st.booleans(), st.booleans())
def test_whatever_a_text_contains_telegram_takes_it(pieces: list[str], markdown: bool, long: bool) -> None:
    text = "".join(pieces) * (40 if long else 1)
    for part in render(Reply(ReplyKind.BOT, text, markdown=markdown)):
        check(part)


@given(st.text(max_size=40), st.text(max_size=80), st.integers(0, 99))
def test_a_pressed_button_is_the_one_that_was_shown_or_says_its_label(name: str, value: str, index: int) -> None:
    name = "".join(letter for letter in name if letter.isalnum()) or "x"
    value = "".join(letter for letter in value if letter.isalnum() or letter in ":-_")
    data = encode(Button(name, value, "Label"), index)
    assert 1 <= len(data.encode()) <= 64
    assert decode(data, "Label") in (Button(name, value, "Label"), None)
    assert (decode(data, "Label") is None) == (len(f"{name}:{value}".encode()) > 64 + (not value))


def test_short_labels_share_a_row_and_long_ones_do_not() -> None:
    labels = ["Ja", "Nein", "Andere", "Wie kündige ich meinen Vertrag?", "Mensch", "Zurück"]
    made = keyboard([Button(f"b{index}", label=label) for index, label in enumerate(labels)])
    assert made is not None
    assert [[button.text for button in row] for row in made.inline_keyboard] == [
        ["Ja", "Nein", "Andere"],
        ["Wie kündige ich meinen Vertrag?"],
        ["Mensch", "Zurück"],
    ]
