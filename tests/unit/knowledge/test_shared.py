"""Phrasings under two answers are found."""

from __future__ import annotations

from bench.processes import ROOT
from bot.domain.answer import Answer, AnswerText, Phrasing
from bot.knowledge.files import read_answers
from bot.knowledge.shared import Shared, shared_phrasings


def answer(name: str, question: str, *phrasings: str) -> Answer:
    text = AnswerText("de", question, "So geht es.", "")
    return Answer(name, "faq", "topic", {"de": "Thema"}, (text,), tuple(Phrasing("de", p) for p in phrasings))


def test_the_same_words_under_two_answers_are_found_however_they_are_written() -> None:
    items = [
        answer("off", "Wie schalte ich die Mailbox aus?", "Mailbox ausschalten"),
        answer("landline", "Wie geht der Anrufbeantworter?", "mailbox ausschalten!", "anrufbeantworter"),
        answer("other", "Anrufbeantworter?"),
    ]
    assert shared_phrasings(items) == [
        Shared("anrufbeantworter", ("landline", "other")),
        Shared("Mailbox ausschalten", ("landline", "off")),
    ]


def test_twice_under_one_answer_is_no_doubt() -> None:
    assert shared_phrasings([answer("off", "Mailbox aus?", "mailbox aus", "Mailbox aus")]) == []


def test_the_sample_content_is_clear() -> None:
    assert shared_phrasings(read_answers(ROOT / "data" / "answers")) == []
