"""Questions for the price of what was spoken of before."""

from __future__ import annotations

import pytest

from nlu.content import AnswerEntry, Phrasing
from nlu.price import asks_price, price_decision
from nlu.reading import Candidate, Decision, DecisionKind
from nlu.text import clean, tokens


def entry(name: str, topic: str = "mobile", *, priced: bool = False, question: str = "Wie geht das?") -> AnswerEntry:
    return AnswerEntry(name, topic, "faq", (Phrasing(question, "de"),), priced)


@pytest.mark.parametrize(
    "text",
    [
        "und was kostet das?", "was kostet das im Monat?", "Wie teuer ist das denn?", "wie viel ist das", "ist das kostenlos?", "und der Preis?", "kosten?",
        "fallen Gebühren an?", "muss ich dafür zahlen?", "what does it cost?", "how much is that per month?", "is it free?", "do I have to pay for that?",
    ],
)  # fmt: skip
def test_a_question_for_the_price_of_it(text: str) -> None:
    assert asks_price(tokens(clean(text)))


@pytest.mark.parametrize(
    "text",
    [
        "was kostet der Router?", "wie viel Datenvolumen habe ich", "das ist mir zu teuer", "warum kostet das so viel", "und wie lange dauert das?", "",
        "how much data do I have", "that is too expensive", "what does roaming cost",
    ],
)  # fmt: skip
def test_another_matter_or_a_complaint_is_none(text: str) -> None:
    assert not asks_price(tokens(clean(text)))


def test_what_may_hold_the_price_is_likely_or_asks_for_one_on_the_same_topic() -> None:
    entries = [
        entry("before"),
        entry("likely", priced=True),
        entry("unlikely", priced=True),
        entry("free-of-price"),
        entry("price-list", priced=True, question="Was kosten Anrufe?"),
        entry("elsewhere", "tv", priced=True, question="Was kostet Fernsehen?"),
    ]
    answers = {one.id: one for one in entries}
    candidates = [Candidate(name, 0.9, "") for name in ("before", "likely", "free-of-price", "elsewhere")]
    candidates.append(Candidate("unlikely", 0.01, ""))
    given = Decision(DecisionKind.ANSWER, ("before",))
    decided = price_decision(given, candidates, answers["before"], answers, 0.07)
    assert decided == Decision(DecisionKind.CLARIFY, ("likely", "price-list"))


@pytest.mark.parametrize("reason", ["urgent", "asked", "repeated_failure"])
def test_who_is_to_have_a_person_gets_one(reason: str) -> None:
    before = entry("before", priced=True)
    decision = Decision(DecisionKind.HANDOFF, (), reason)
    assert price_decision(decision, [], before, {"before": before}, 0.07) == decision
