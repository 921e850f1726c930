"""Which answers say what something costs."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.domain.answer import Answer, AnswerText, CommunityReply
from bot.knowledge.prices import names_a_price


def answer(text: str, *, reply: str | None = None) -> Answer:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    replies = () if reply is None else (CommunityReply("lina", reply, 1, True, at),)
    return Answer("a", "faq", "mobile", (), (AnswerText("de", "Frage?", text),), replies=replies)


@pytest.mark.parametrize(
    "text",
    ["Sie kostet 4,99 € im Monat.", "That costs €4.00.", "Der Tausch ist kostenlos.", "Das kostet hier nichts.", "It is free of charge.", "einmalig 10 Euro"],
)  # fmt: skip
def test_an_amount_or_that_it_is_free_is_a_price(text: str) -> None:
    assert names_a_price(answer(text))


@pytest.mark.parametrize(
    "text", ["Die Frist beträgt 1 Monat.", "Die Kosten stehen im Vertrag.", "5 GB in der Europäischen Union"]
)
def test_other_numbers_are_none(text: str) -> None:
    assert not names_a_price(answer(text))


def test_of_a_community_answer_the_reply_counts_that_is_passed_on() -> None:
    assert not names_a_price(answer("Lohnt sich das für 5 €?", reply="Ja."))
    assert names_a_price(answer("Was zahlt ihr?", reply="Bei mir 5 €."))
