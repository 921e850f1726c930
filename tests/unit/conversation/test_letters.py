"""What is said in one turn becomes as few letters as can hold it."""

from __future__ import annotations

import pytest

from bot.channels.markup import from_plain, to_html, to_plain
from bot.conversation.letters import as_letters
from bot.domain.message import Button
from bot.domain.reply import Reply, ReplyKind, Source

HELLO = Reply(ReplyKind.NOTICE, "Ich bin ein **Programm**.", markdown=True)
SOURCE = Source("faq", "Kündigen", "https://help.example/answers/a")
ANSWER = Reply(
    ReplyKind.BOT, "So geht es.", markdown=True, buttons=(Button("helped_yes"),), source=SOURCE, answer_id="a"
)
HANDED = Reply(ReplyKind.NOTICE, "Eine Person übernimmt * das.")


def test_a_turn_is_one_letter_with_source_and_choice() -> None:
    [letter] = as_letters([HELLO, ANSWER, HANDED])
    assert to_plain(letter.text) == "Ich bin ein Programm.\n\nSo geht es.\n\nEine Person übernimmt * das."
    assert (letter.kind, letter.source, letter.buttons, letter.answer_id) == (
        ReplyKind.BOT,
        SOURCE,
        ANSWER.buttons,
        "a",
    )


def test_notices_alone_stay_a_notice() -> None:
    assert [letter.kind for letter in as_letters([HELLO, HANDED])] == [ReplyKind.NOTICE]


def test_a_second_source_or_choice_has_a_letter_of_its_own() -> None:
    assert as_letters([ANSWER, ANSWER]) == [ANSWER, ANSWER]
    assert as_letters([]) == []


@pytest.mark.parametrize(
    "text",
    [
        "a *b* _c_ `d` [e](f) <g> &amp; \\h",
        "1. eins\n2) zwei\n- drei\n+ vier",
        "2. ",
        "- - -",
        "***",
        "Zeile\n\nAbsatz",
        "5 - 3",
    ],
)
def test_plain_words_among_marked_ones_say_the_same(text: str) -> None:
    assert to_plain(from_plain(text)) == text.strip()
    assert "<em>" not in to_html(from_plain(text))
    assert "<li>" not in to_html(from_plain(text))
