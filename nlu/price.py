"""`Und was kostet das?` after an answer: whether the price is in it, where it may be instead, or that it is nowhere.

Words decide what such a question is: one for a price, and around it nothing that names a matter of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

from nlu.content import AnswerEntry
from nlu.reading import Candidate, Decision, DecisionKind
from nlu.text import clean, tokens

_PRICE = frozenset(tokens(
    "kostet kosten koste kostets kostenlos kostenfrei preis preise gebühr gebühren aufpreis gratis umsonst zahlen bezahlen wieviel cost costs price"
    " prices fee fees charge charged charges free pay"
))  # fmt: skip
_HOW, _HIGH = frozenset(tokens("wie how")), frozenset(tokens("viel teuer much expensive"))
_AROUND = _PRICE | _HOW | _HIGH | frozenset(tokens(
    "und aber oder auch was das dies dieses es da dafür davon dabei mich mir uns ich wir man denn dann eigentlich im pro monat jahr ist sind wäre würde"
    " hat extra der die den ein eine etwa ungefähr circa so muss müssen kann zusätzlich noch einmalig etwas fallen fällt an für alles insgesamt mal ok okay"
    " and but or also what whats is are it its that this would will be does do i we have to for per a the of month year any there in total once"
))  # fmt: skip
_LONGEST = 9
_OFFERED = 3


def names_price(words: Sequence[str]) -> bool:
    """Whether folded words speak of a price."""
    return bool(_PRICE.intersection(words)) or bool(_HOW.intersection(words) and _HIGH.intersection(words))


def asks_price(words: Sequence[str]) -> bool:
    """Whether folded words ask for the price of what was spoken of before, and for nothing else.

    >>> asks_price(tokens("und was kostet das?")), asks_price(tokens("was kostet der router"))
    (True, False)
    """
    return len(words) <= _LONGEST and names_price(words) and _AROUND.issuperset(words)


def price_decision(
    decision: Decision,
    candidates: Sequence[Candidate],
    before: AnswerEntry,
    answers: Mapping[str, AnswerEntry],
    likely_from: float,
) -> Decision:
    """What follows for the price of what `before` answered. A clarification without answers says that no price is known."""
    if decision.handoff in ("urgent", "asked", "repeated_failure"):
        return decision
    if before.priced:
        return Decision(DecisionKind.ANSWER, (before.id,))
    if decision.kind is DecisionKind.ANSWER and answers[decision.answer_ids[0]].priced:
        return decision
    likely = (answers[one.answer_id] for one in candidates if one.confidence >= likely_from)
    on_prices = (
        entry for entry in answers.values() if any(names_price(tokens(clean(one.text))) for one in entry.phrasings[:1])
    )
    found = dict.fromkeys(
        entry.id for entry in chain(likely, on_prices) if entry.priced and entry.topic == before.topic
    )
    return Decision(DecisionKind.CLARIFY, tuple(found)[:_OFFERED])
